-- A question may be asked anywhere in the tree of its chat, and another agent than the chat's may answer it.

-- The agent that gave an answer; NULL where it is not known, as of answers that an older version stored. Adding it
-- changes no row, so it takes no time however many there are.
ALTER TABLE chat.messages ADD COLUMN agent text;

-- What a question follows: the message `follows`; nothing, as a new beginning of the chat, where `begins` says so; else the
-- end of the open branch. Looked for after the chat was locked and, being VOLATILE, as things are then: the statement
-- that calls it began before, and would not see what was stored while it waited for the lock.
-- A question that is there already keeps its place, and is answered once more. Unless that place was named, it must still
-- be at the end of the open branch: another answer would take what was said since out of sight, and nobody asked for that.
-- A turn that is there already has its place. (An older version of the app calls the functions of this name that have
-- fewer parameters.)
CREATE FUNCTION chat.place_of_question(of_chat uuid, question uuid, turn uuid, follows uuid, begins boolean, chosen uuid)
RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    is_named boolean := begins OR follows IS NOT NULL;
    leaf uuid := chat.open_leaf(of_chat, chosen);
    parent record;
    asked record;
BEGIN
    SELECT messages.parent_id, messages.parent_id IS NOT DISTINCT FROM follows AS is_there,
           messages.id = leaf OR EXISTS (SELECT FROM chat.messages AS answer
                                          WHERE answer.id = leaf AND answer.parent_id = messages.id) AS is_last
      INTO asked
      FROM chat.messages WHERE messages.id = question;
    IF FOUND THEN
        IF NOT (CASE WHEN is_named THEN asked.is_there ELSE asked.is_last END)
           AND NOT EXISTS (SELECT FROM chat.turns WHERE turns.id = turn) THEN
            RAISE check_violation USING CONSTRAINT = 'chat_ends_there';
        END IF;
        RETURN asked.parent_id;
    ELSIF NOT is_named THEN
        RETURN leaf;
    ELSIF begins THEN
        RETURN NULL;
    END IF;
    SELECT messages.role INTO parent
      FROM chat.messages WHERE messages.id = follows AND messages.chat_id = of_chat;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM chat.turns
                    WHERE turns.id = follows AND turns.chat_id = of_chat AND turns.status = 'running') THEN
            RAISE unique_violation USING CONSTRAINT = 'one_running_turn_a_chat';
        END IF;
        RAISE check_violation USING CONSTRAINT = 'message_is_in_the_chat';
    ELSIF parent.role = 'user' THEN
        RAISE check_violation USING CONSTRAINT = 'question_follows_an_answer';
    END IF;
    RETURN follows;
END
$$;
