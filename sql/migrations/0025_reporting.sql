-- Views of feedback, usage and times, for whoever an admin lets read them: a dashboard, a job, a query from the lakehouse.
-- docs/lakehouse.md tells how.

-- No other role may call a function of the schema: the two below run with the rights of the app's role, and what they call
-- must not have been prepared by a session of another role, whose temporary types and operators it would have been compiled
-- with. From here on no function of the app's role is for everybody unless it says so.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA chat FROM PUBLIC;

-- A view is read with the rights of its owner, the app's role, and row-level security binds that as well. So the views call
-- functions that run as the owner and choose the scope themselves. Anybody may call them, as views call functions with the
-- rights of their reader; they refuse whoever may not read the view. current_user is the owner in there, session_user is the
-- role that has signed in. Postgres looks into pg_temp first if a search_path does not name it, and for types even before
-- pg_catalog: so it is named, at the end.
-- Nothing in them tells who voted or asked. What was asked and answered is there only of chats that are shared; the comment
-- of a vote always, because it was meant for whoever builds the agent.
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    scope CONSTANT text := coalesce(current_setting('chat.scope', true), '');
BEGIN
    PERFORM chat.check_reader('chat.v_feedback');
    PERFORM set_config('chat.scope', 'people', true);
    RETURN QUERY
    SELECT said.id, votes.updated_at, said.agent, said.model, votes.is_upvoted, votes.comment, votes.tags, said.trace_id,
           CASE WHEN shown.is_shown THEN asked.content END, CASE WHEN shown.is_shown THEN said.content END
      FROM chat.votes
      JOIN chat.messages AS said ON said.id = votes.message_id
      JOIN chat.chats ON chats.id = votes.chat_id
      LEFT JOIN chat.messages AS asked ON asked.id = said.parent_id
     CROSS JOIN LATERAL (
           SELECT CASE WHEN chat.is_shared(chats.visibility, chats.shared_until) THEN chat.is_shown(chats.id, said.id)
                  END AS is_shown) AS shown
     WHERE chats.deleted_at IS NULL;
    PERFORM set_config('chat.scope', scope, true);
END
$$;

-- What was imported was not asked here, and a turn that runs is not known yet. Each view gets its own columns.
CREATE FUNCTION chat.all_turns(of_view text)
RETURNS TABLE (answer_id uuid, asked_at timestamptz, agent text, model text, status text, asked_as text, failure text,
               usage jsonb, first_word_ms integer, duration_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    scope CONSTANT text := coalesce(current_setting('chat.scope', true), '');
    is_usage CONSTANT boolean := of_view IS NOT DISTINCT FROM 'chat.v_usage';
BEGIN
    PERFORM chat.check_reader(CASE WHEN is_usage THEN 'chat.v_usage' ELSE 'chat.v_latency' END);
    PERFORM set_config('chat.scope', 'people', true);
    RETURN QUERY
    SELECT turns.id, turns.started_at, turns.agent, messages.model, turns.status,
           CASE WHEN is_usage THEN turns.asked_as END,
           CASE WHEN is_usage THEN turns.failure END,
           CASE WHEN is_usage THEN messages.usage END,
           CASE WHEN NOT is_usage THEN turns.first_event_ms END,
           CASE WHEN NOT is_usage THEN CAST(extract(epoch FROM turns.ended_at - turns.started_at) * 1000 AS bigint) END
      FROM chat.turns
      LEFT JOIN chat.messages ON messages.id = turns.id
     WHERE turns.owner <> 'import'
       AND turns.status <> 'running';
    PERFORM set_config('chat.scope', scope, true);
END
$$;

GRANT EXECUTE ON FUNCTION chat.all_feedback(), chat.all_turns(text) TO PUBLIC;

CREATE VIEW chat.v_feedback AS
SELECT answer_id, voted_at, agent, model, is_upvoted, comment, tags, trace_id, question, answer
  FROM chat.all_feedback();

CREATE VIEW chat.v_usage AS
SELECT answer_id, asked_at, agent, model, asked_as, status, failure, usage
  FROM chat.all_turns('chat.v_usage');

CREATE VIEW chat.v_latency AS
SELECT answer_id, asked_at, agent, model, status, first_word_ms, duration_ms
  FROM chat.all_turns('chat.v_latency');
