-- A chat's messages form a tree. One of its branches is open: it is the conversation that is shown and continued. Which
-- one that is, is decided here and, for chats in memory, in lib/messages/path.py.

-- A message on the open branch. The branch ends with the newest message below it or, where it is NULL, with the newest
-- message of the chat. An older version of the app that still runs during a deploy does not set it. That is no harm: it
-- adds messages to the end of the open branch, which are below this one.
ALTER TABLE chat.chats ADD COLUMN leaf_id uuid;

-- The foreign key includes the chat, so a leaf can never be a message of another chat. When a message is deleted, the
-- chat that refers to it is found by the primary key of chats, so leaf_id needs no index of its own.
CREATE UNIQUE INDEX messages_of_chat ON chat.messages (chat_id, id);
ALTER TABLE chat.chats
  ADD CONSTRAINT chats_leaf FOREIGN KEY (id, leaf_id) REFERENCES chat.messages (chat_id, id)
      ON DELETE SET NULL (leaf_id);

-- Where the open branch ends. `chosen` is the chat's leaf_id. Below it, or in the whole chat where it is NULL, the end
-- is the question that is being answered or, if there is none, the newest message. It is in plpgsql, which keeps its
-- plans for the session, to save the time of planning. Do not call it in a statement that sets chat.search: the
-- policies' value of chat.searched() would stay in the plan for all later calls.
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

-- The path from a leaf towards the root; the leaf has depth 1. It ends after `max_messages`, or with the message that
-- exceeds `max_chars` characters of stored parts; NULL is no limit. `chars` counts the characters from the leaf up to
-- and including the message, and is NULL without `max_chars`. No row if the leaf is not a message of the chat.
-- lib/messages/path.py does the same in memory.
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

-- The message that a question follows: the end of the open branch. It replaces the function of 0008, which has no
-- `chosen`. The caller has locked the chat and gives the leaf that the chat had before the caller set it to the
-- question. VOLATILE, so that it sees what was stored while the caller waited for the lock. Raises an error if the
-- question exists and is not the last one of the branch: a second answer to it would take all messages after the first
-- answer out of the open branch. Also if the question is to follow a message that is no longer the last. A turn that
-- exists already is a repeat, for which nothing is checked.
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

-- The function of 0008, for older versions of the app. They do not set leaf_id, so its value is still that from before.
CREATE OR REPLACE FUNCTION chat.place_of_question(of_chat uuid, question uuid, turn uuid, follows uuid) RETURNS uuid
LANGUAGE sql VOLATILE
RETURN chat.place_of_question(of_chat, question, turn, follows,
                              (SELECT chats.leaf_id FROM chat.chats WHERE chats.id = of_chat));
