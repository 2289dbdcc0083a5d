-- A chat's messages form a tree. Which of its branches is the conversation is decided here and nowhere else.

-- A message on the open branch, which ends with the newest message below it; NULL: with the newest message of the chat.
-- An older version of the app, still running during a deploy, does not set it. What it adds hangs on the end of the
-- open branch, and is therefore below this message.
ALTER TABLE chat.chats ADD COLUMN leaf_id uuid;

-- The key names the chat as well, so a leaf can never be a message of another chat. The referencing row is found by the
-- primary key of chats, so leaf_id needs no index of its own.
CREATE UNIQUE INDEX messages_of_chat ON chat.messages (chat_id, id);
ALTER TABLE chat.chats
  ADD CONSTRAINT chats_leaf FOREIGN KEY (id, leaf_id) REFERENCES chat.messages (chat_id, id)
      ON DELETE SET NULL (leaf_id);

-- Where the open branch ends. `chosen` is the chat's leaf_id: below it, or in the whole chat where it is NULL, the end is
-- the question that is being answered, else the newest message. In plpgsql, whose plans are kept for the session. So it
-- must not be called in a statement that sets chat.search: the value of chat.searched() would stay in the plan.
CREATE FUNCTION chat.open_leaf(of_chat uuid, chosen uuid) RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    answered uuid;
    newest uuid;
BEGIN
    SELECT turns.question_id INTO answered
      FROM chat.turns WHERE turns.chat_id = of_chat AND turns.status = 'running';
    WITH RECURSIVE below AS (
        SELECT messages.id, messages.seq
          FROM chat.messages WHERE messages.id = chosen AND messages.chat_id = of_chat
     UNION ALL
        SELECT messages.id, messages.seq
          FROM below
          JOIN chat.messages ON messages.parent_id = below.id
    )
    SELECT below.id INTO newest
      FROM below ORDER BY below.id IS NOT DISTINCT FROM answered DESC, below.seq DESC LIMIT 1;
    IF newest IS NULL THEN
        SELECT coalesce(answered, messages.id) INTO newest
          FROM chat.messages WHERE messages.chat_id = of_chat ORDER BY messages.seq DESC LIMIT 1;
    END IF;
    RETURN newest;
END
$$;

-- The path from a leaf towards the root; depth 1 is the leaf. It stops after `max_messages`, or with the message that
-- exceeds `max_chars` of stored parts; NULL: no limit. `chars` counts them up to and including a message, and is NULL
-- without `max_chars`. No row when the leaf is not a message of the chat. lib/messages/path.py does the same in memory.
CREATE FUNCTION chat.branch(of_chat uuid, leaf uuid, max_messages integer, max_chars integer)
RETURNS TABLE (id uuid, depth integer, chars bigint) LANGUAGE sql STABLE PARALLEL SAFE ROWS 40 AS $$
WITH RECURSIVE ending AS MATERIALIZED (
    SELECT leaf AS id
), path AS (
    SELECT messages.id, messages.parent_id, 1 AS depth,
           CASE WHEN max_chars IS NOT NULL THEN CAST(length(CAST(messages.parts AS text)) AS bigint) END AS chars
      FROM ending
      JOIN chat.messages ON messages.id = ending.id
     WHERE messages.chat_id = of_chat
 UNION ALL
    SELECT messages.id, messages.parent_id, path.depth + 1,
           CASE WHEN max_chars IS NOT NULL THEN path.chars + length(CAST(messages.parts AS text)) END
      FROM path
      JOIN chat.messages ON messages.id = path.parent_id
     WHERE messages.chat_id = of_chat
       AND (max_messages IS NULL OR path.depth < max_messages)
       AND (max_chars IS NULL OR path.chars < max_chars)
)
SELECT path.id, path.depth, path.chars
  FROM path
$$;

-- What a question follows: the end of the open branch. Looked for after the chat was locked and, being VOLATILE, as things
-- are then: the statement that calls it began before, and would not see what was stored while it waited for the lock.
-- An error for a question that the branch has left behind, where another answer would take what was said since out of
-- the open branch; and for one that is to follow a message that is no longer the last. A turn that is there already
-- has its place.
CREATE FUNCTION chat.place_of_question(of_chat uuid, question uuid, turn uuid, follows uuid, chosen uuid)
RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last record;
BEGIN
    SELECT messages.id, messages.parent_id INTO last
      FROM chat.messages WHERE messages.id = chat.open_leaf(of_chat, chosen);
    IF ((follows IS NOT NULL AND last.id IS DISTINCT FROM follows)
        OR (question NOT IN (last.id, coalesce(last.parent_id, last.id))
            AND EXISTS (SELECT FROM chat.messages WHERE messages.id = question)))
       AND NOT EXISTS (SELECT FROM chat.turns WHERE turns.id = turn) THEN
        RAISE check_violation USING CONSTRAINT = 'chat_ends_there';
    END IF;
    RETURN last.id;
END
$$;

-- For older versions of the app, which do not know of leaf_id, and so have not changed it by now.
CREATE OR REPLACE FUNCTION chat.place_of_question(of_chat uuid, question uuid, turn uuid, follows uuid) RETURNS uuid
LANGUAGE sql VOLATILE
RETURN chat.place_of_question(of_chat, question, turn, follows,
                              (SELECT chats.leaf_id FROM chat.chats WHERE chats.id = of_chat));
