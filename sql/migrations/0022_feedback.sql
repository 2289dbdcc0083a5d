-- Why a vote was cast, and the assessments of MLflow that votes become.

-- What this and the next migrations change, locked at once and in the order in which statements of a running app use it: as
-- in 0016.
LOCK TABLE chat.users, chat.chats, chat.messages, chat.turns, chat.turn_log, chat.votes IN ACCESS EXCLUSIVE MODE;

CREATE INDEX votes_of_user ON chat.votes (user_id, updated_at DESC) WHERE is_upvoted;
ALTER TABLE chat.votes ADD COLUMN tags jsonb NOT NULL DEFAULT '[]';

-- Each row is one assessment: what MLflow is to have, and what it has. It begins with a vote on an answer that has a trace.
-- Nothing here refers to messages or chats, because the assessment of a deleted vote has to be deleted, too: then
-- `is_upvoted` is NULL, and once that is done the row goes. A new vote on the same answer makes a new row.
-- `version` grows with each change of the vote. `due_at`: when to send it; NULL when there is nothing to send.
-- `claimed_until`: one process sends it until then. A vote that changes meanwhile is due at once but not claimed by
-- another process before, so that MLflow gets the changes in order. `free_at`: when it can be claimed.
-- `asked_at`: since when MLflow may have an assessment whose id is not known here, because the reply has not come.
-- `problem`: why the last attempt failed. With a problem and no `due_at` it was given up.
CREATE TABLE chat.assessments (
    id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    message_id    uuid        NOT NULL,
    chat_id       uuid        NOT NULL,
    user_id       text        NOT NULL,
    trace_id      text        NOT NULL,
    source_id     text        NOT NULL,
    agent         text,
    is_upvoted    boolean,
    comment       text,
    tags          jsonb       NOT NULL DEFAULT '[]',
    version       bigint      NOT NULL DEFAULT 1,
    assessment_id text,
    due_at        timestamptz DEFAULT now(),
    claimed_until timestamptz,
    asked_at      timestamptz,
    attempts      integer     NOT NULL DEFAULT 0,
    problem       text,
    free_at       timestamptz GENERATED ALWAYS AS (
                      CASE WHEN due_at IS NOT NULL THEN GREATEST(due_at, claimed_until) END) STORED
);
CREATE UNIQUE INDEX one_assessment_a_vote ON chat.assessments (message_id, user_id) WHERE is_upvoted IS NOT NULL;
CREATE INDEX assessments_by_user ON chat.assessments (user_id);
CREATE INDEX assessments_due ON chat.assessments (free_at) WHERE free_at IS NOT NULL;
CREATE INDEX assessments_with_problem ON chat.assessments (problem) WHERE problem IS NOT NULL;

-- The scope `process` (see 0004) sees assessments too, because any process sends those of every user. It sees no votes, so
-- what is sent stands here.
ALTER TABLE chat.assessments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.assessments USING (chat.is_me(user_id) OR current_setting('chat.scope', true) = 'process');

-- Whatever casts, changes or deletes a vote keeps its assessment in step here, an older version of the app too. The two
-- functions run in the scope `people`, because a reader votes on an answer of somebody else, and whoever deletes a chat
-- deletes the votes of its readers with it. They put back the scope: a SET clause would do that, but only a superuser may
-- give one to a function for a setting that Postgres does not know.

-- An imported answer may name any trace, so only what was answered here has assessments.
CREATE FUNCTION chat.note_assessment() RETURNS trigger LANGUAGE plpgsql AS $$
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
       AND EXISTS (SELECT FROM chat.turns WHERE turns.id = NEW.message_id AND turns.owner <> 'import')
        ON CONFLICT (message_id, user_id) WHERE is_upvoted IS NOT NULL DO UPDATE
       SET is_upvoted = EXCLUDED.is_upvoted, comment = EXCLUDED.comment, tags = EXCLUDED.tags,
           source_id = EXCLUDED.source_id, version = known.version + 1, due_at = now(), attempts = 0, problem = NULL;
    PERFORM set_config('chat.scope', scope, true);
    RETURN NULL;
END
$$;
CREATE TRIGGER note_assessment AFTER INSERT OR UPDATE OF is_upvoted, comment, tags ON chat.votes
   FOR EACH ROW EXECUTE FUNCTION chat.note_assessment();

-- What MLflow was never asked for is forgotten at once. Of the rest nothing is kept of the person.
CREATE FUNCTION chat.withdraw_assessment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope CONSTANT text := coalesce(current_setting('chat.scope', true), '');
BEGIN
    PERFORM set_config('chat.scope', 'people', true);
    DELETE FROM chat.assessments
     WHERE assessments.message_id = OLD.message_id
       AND assessments.user_id = OLD.user_id
       AND assessments.assessment_id IS NULL
       AND assessments.asked_at IS NULL;
    UPDATE chat.assessments
       SET is_upvoted = NULL, comment = NULL, tags = '[]', user_id = '', source_id = '',
           version = assessments.version + 1, due_at = now(), attempts = 0, problem = NULL
     WHERE assessments.message_id = OLD.message_id
       AND assessments.user_id = OLD.user_id
       AND assessments.is_upvoted IS NOT NULL;
    PERFORM set_config('chat.scope', scope, true);
    RETURN NULL;
END
$$;
CREATE TRIGGER withdraw_assessment AFTER DELETE ON chat.votes
   FOR EACH ROW EXECUTE FUNCTION chat.withdraw_assessment();
