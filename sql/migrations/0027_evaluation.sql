-- Rated answers with what led to them, for an evaluation of the agent.

-- The votes of all users on answers since a time, in chats that are not in the trash. What was said is there only of chats
-- that are the viewer's own or shared; of a conversation, the last 20 messages and 20,000 characters of JSON. Nothing tells
-- who voted or asked. In another scope than `aggregates`, which the app uses for admins only, there is nothing.
CREATE FUNCTION chat.rated_answers(since timestamptz, viewer text)
RETURNS TABLE (answer_id uuid, voted_at timestamptz, agent text, model text, is_upvoted boolean, comment text, tags jsonb,
               trace_id text, conversation jsonb, answer text)
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
    SELECT said.id, votes.updated_at, said.agent, said.model, votes.is_upvoted, votes.comment, votes.tags, said.trace_id,
           CASE WHEN readable.is_readable THEN (
                SELECT jsonb_agg(jsonb_build_object('role', earlier.role, 'content', earlier.content)
                                 ORDER BY branch.depth DESC)
                  FROM chat.branch(chats.id, said.parent_id, 20, 20000) AS branch
                  JOIN chat.messages AS earlier ON earlier.id = branch.id) END,
           CASE WHEN readable.is_readable THEN said.content END
      FROM chat.votes
      JOIN chat.messages AS said ON said.id = votes.message_id
      JOIN chat.chats ON chats.id = votes.chat_id
     CROSS JOIN LATERAL (
           SELECT CASE WHEN viewer <> '' AND chats.user_id = viewer THEN true
                       WHEN chat.is_shared(chats.visibility, chats.shared_until) THEN chat.is_shown(chats.id, said.id)
                       ELSE false
                   END AS is_readable) AS readable
     WHERE votes.updated_at >= since
       AND votes.agent IS NOT NULL
       AND chats.deleted_at IS NULL;
    PERFORM set_config('chat.scope', scope, true);
END
$$;
