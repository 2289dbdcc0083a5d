-- Views of feedback, usage and times, for whoever an admin lets read them: a dashboard, a job, a query from the lakehouse.
-- docs/lakehouse.md tells how.

-- All rated answers of chats that are not in the trash. What was asked and answered, and the conversation before it, is there
-- only of chats that are the viewer's own or shared; the comment of a vote always, because it was meant for whoever builds
-- the agent. Nothing tells who voted or asked.
-- It finds something only in the scope `aggregates`, which is for admins, and then looks at the rows of all users. Of a
-- conversation, the last 20 messages and 20,000 characters of JSON are taken.
CREATE FUNCTION chat.rated_answers(since timestamptz, before timestamptz, viewer text)
RETURNS TABLE (answer_id uuid, chat_id uuid, voted_at timestamptz, agent text, model text, is_upvoted boolean, comment text,
               tags jsonb, trace_id text, conversation jsonb, question text, answer text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    scope CONSTANT text := coalesce(current_setting('chat.scope', true), '');
BEGIN
    IF scope <> 'aggregates' THEN
        RETURN;
    END IF;
    PERFORM set_config('chat.scope', 'people', true);
    RETURN QUERY
    SELECT said.id, chats.id, votes.updated_at, said.agent, said.model, votes.is_upvoted, votes.comment, votes.tags,
           said.trace_id,
           CASE WHEN readable.is_readable THEN (
                SELECT jsonb_agg(jsonb_build_object('role', earlier.role, 'content', earlier.content)
                                 ORDER BY branch.depth DESC)
                  FROM chat.branch(chats.id, said.parent_id, 20, 20000) AS branch
                  JOIN chat.messages AS earlier ON earlier.id = branch.id) END,
           CASE WHEN readable.is_readable THEN asked.content END,
           CASE WHEN readable.is_readable THEN said.content END
      FROM chat.votes
      JOIN chat.messages AS said ON said.id = votes.message_id
      JOIN chat.chats ON chats.id = votes.chat_id
      LEFT JOIN chat.messages AS asked ON asked.id = said.parent_id
     CROSS JOIN LATERAL (
           SELECT CASE WHEN viewer <> '' AND chats.user_id = viewer THEN true
                       WHEN chat.is_shared(chats.visibility, chats.shared_until) THEN chat.is_shown(chats.id, said.id)
                       ELSE false
                   END AS is_readable) AS readable
     WHERE votes.updated_at >= since
       AND votes.updated_at < before
       AND chats.deleted_at IS NULL;
    PERFORM set_config('chat.scope', scope, true);
END
$$;

-- A view is read with the rights of its owner, the app's role, and row-level security binds that as well. So the views call
-- functions that run as the owner and choose the scope themselves. They may be called by whoever may read the view;
-- current_user is the owner in there, session_user is the role that has signed in.
CREATE FUNCTION chat.check_reader(of_view text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT has_table_privilege(session_user, of_view, 'SELECT') THEN
        RAISE insufficient_privilege USING MESSAGE = format('permission denied for view %s', of_view);
    END IF;
END
$$;

CREATE FUNCTION chat.all_feedback()
RETURNS TABLE (answer_id uuid, voted_at timestamptz, agent text, model text, is_upvoted boolean, comment text, tags jsonb,
               trace_id text, question text, answer text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
    scope CONSTANT text := coalesce(current_setting('chat.scope', true), '');
BEGIN
    PERFORM chat.check_reader('chat.v_feedback');
    PERFORM set_config('chat.scope', 'aggregates', true);
    RETURN QUERY
    SELECT answer_id, voted_at, agent, model, is_upvoted, comment, tags, trace_id, question, answer
      FROM chat.rated_answers('-infinity', 'infinity', '');
    PERFORM set_config('chat.scope', scope, true);
END
$$;

-- What was imported was not asked here, and a turn that runs is not known yet.
CREATE FUNCTION chat.all_turns(of_view text)
RETURNS TABLE (answer_id uuid, asked_at timestamptz, agent text, model text, asked_as text, status text, failure text,
               usage jsonb, first_word_ms integer, duration_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
DECLARE
    scope CONSTANT text := coalesce(current_setting('chat.scope', true), '');
BEGIN
    PERFORM chat.check_reader(CASE of_view WHEN 'chat.v_latency' THEN of_view ELSE 'chat.v_usage' END);
    PERFORM set_config('chat.scope', 'people', true);
    RETURN QUERY
    SELECT turns.id, turns.started_at, turns.agent, messages.model, turns.asked_as, turns.status, turns.failure,
           CASE WHEN of_view = 'chat.v_usage' THEN messages.usage END, turns.first_event_ms,
           CAST(extract(epoch FROM turns.ended_at - turns.started_at) * 1000 AS bigint)
      FROM chat.turns
      LEFT JOIN chat.messages ON messages.id = turns.id
     WHERE turns.owner <> 'import'
       AND turns.status <> 'running';
    PERFORM set_config('chat.scope', scope, true);
END
$$;

CREATE VIEW chat.v_feedback AS
SELECT answer_id, voted_at, agent, model, is_upvoted, comment, tags, trace_id, question, answer
  FROM chat.all_feedback();

CREATE VIEW chat.v_usage AS
SELECT answer_id, asked_at, agent, model, asked_as, status, failure, usage
  FROM chat.all_turns('chat.v_usage');

CREATE VIEW chat.v_latency AS
SELECT answer_id, asked_at, agent, model, status, first_word_ms, duration_ms
  FROM chat.all_turns('chat.v_latency');
