-- name: search_titles
-- The user's own chats whose titles match the search, the last active first. chat.searched_titles() takes the words
-- from the settings that are sent with the statement. The policy on chats has the same condition: without it Postgres
-- would not use the index of words (sql/migrations/0004_walls.sql).
SELECT chats.id AS chat_id, CAST(NULL AS uuid) AS message_id, chats.title, chats.title AS text
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND chats.search @@ chat.searched_titles()
 ORDER BY chats.updated_at DESC, chats.id DESC
 LIMIT :limit;

-- name: search_newest_messages
-- The user's last :depth messages that match the words, the newest first. Common words soon come up there. The
-- index of words is not in the order of time: it would give all messages with a common word, to be sorted for the last.
WITH newest AS (
    SELECT messages.id, messages.chat_id, messages.seq, messages.role, messages.search
      FROM chat.messages
     WHERE messages.user_id = :user_id
     ORDER BY messages.seq DESC
     LIMIT :depth
), hit AS (
    SELECT newest.id, newest.chat_id, newest.seq
      FROM newest
     WHERE newest.search @@ chat.words(:words)
       AND newest.role IN ('user', 'assistant')
     ORDER BY newest.seq DESC
     LIMIT :limit
)
SELECT hit.chat_id, hit.id AS message_id, chats.title, left(messages.content, 20000) AS text
  FROM hit
  JOIN chat.messages ON messages.id = hit.id
  JOIN chat.chats ON chats.id = hit.chat_id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
 ORDER BY hit.seq DESC;

-- name: count_newest_messages
-- How many of the user's last :depth messages match the finished words of a search, and how many its unfinished last
-- word. The ratio tells which of the two is rarer.
SELECT count(1) FILTER (WHERE newest.search @@ chat.words(:finished)) AS finished,
       count(1) FILTER (WHERE newest.search @@ chat.words(:unfinished)) AS unfinished
  FROM (SELECT messages.search
          FROM chat.messages
         WHERE messages.user_id = :user_id
         ORDER BY messages.seq DESC
         LIMIT :depth) AS newest;

-- name: search_all_messages
-- All of the user's messages that match the words, the newest first. The index looks up the words that chat.searched()
-- takes from the settings, which may be only the rarer ones of :words. `matching` is materialized to hide the limit
-- from the planner, which might otherwise read messages one by one in the order of time until it has enough.
WITH matching AS MATERIALIZED (
    SELECT messages.id, messages.chat_id, messages.seq
      FROM chat.messages
     WHERE messages.user_id = :user_id
       AND messages.search @@ chat.searched()
       AND messages.search @@ chat.words(:words)
       AND messages.role IN ('user', 'assistant')
), hit AS (
    SELECT matching.id, matching.chat_id, matching.seq
      FROM matching
     ORDER BY matching.seq DESC
     LIMIT :limit
)
SELECT hit.chat_id, hit.id AS message_id, chats.title, left(messages.content, 20000) AS text
  FROM hit
  JOIN chat.messages ON messages.id = hit.id
  JOIN chat.chats ON chats.id = hit.chat_id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
 ORDER BY hit.seq DESC;
