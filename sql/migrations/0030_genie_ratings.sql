-- Ratings of Genie's answers, which go to Genie instead of MLflow.

-- As in 0022.
LOCK TABLE chat.users, chat.chats, chat.messages, chat.turns, chat.turn_log, chat.votes, chat.assessments
        IN ACCESS EXCLUSIVE MODE;

-- Who is told of the vote: the id of an answer of Genie's stands where others have the id of a trace.
ALTER TABLE chat.assessments ADD COLUMN receiver text GENERATED ALWAYS AS (
    CASE WHEN starts_with(trace_id, 'genie:/') THEN 'genie' ELSE 'mlflow' END) STORED;
DROP INDEX chat.assessments_due;
CREATE INDEX assessments_due ON chat.assessments (receiver, free_at) WHERE free_at IS NOT NULL;

-- As in 0022, but Genie keeps one rating of an answer, that of the person who asked: those of others are kept here only.
CREATE OR REPLACE FUNCTION chat.note_assessment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope CONSTANT text := coalesce(current_setting('chat.scope', true), '');
BEGIN
    PERFORM set_config('chat.scope', 'people', true);
    INSERT INTO chat.assessments AS known (message_id, chat_id, user_id, trace_id, source_id, agent, is_upvoted, comment,
                                           tags)
    SELECT NEW.message_id, NEW.chat_id, NEW.user_id, messages.trace_id,
           coalesce((SELECT users.email FROM chat.users WHERE users.id = NEW.user_id), NEW.user_id), messages.agent,
           NEW.is_upvoted, NEW.comment, NEW.tags
      FROM chat.messages
     WHERE messages.id = NEW.message_id
       AND messages.trace_id <> ''
       AND (messages.user_id = NEW.user_id OR NOT starts_with(messages.trace_id, 'genie:/'))
       AND EXISTS (SELECT FROM chat.turns WHERE turns.id = NEW.message_id AND turns.owner <> 'import')
        ON CONFLICT (message_id, user_id) WHERE is_upvoted IS NOT NULL DO UPDATE
       SET is_upvoted = EXCLUDED.is_upvoted, comment = EXCLUDED.comment, tags = EXCLUDED.tags,
           source_id = EXCLUDED.source_id, version = known.version + 1, due_at = now(), attempts = 0, problem = NULL;
    PERFORM set_config('chat.scope', scope, true);
    RETURN NULL;
END
$$;
