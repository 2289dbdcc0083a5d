-- name: search_titles
-- The user's own chats whose titles hold the words that chat.searched_titles() gives, the last active first.
SELECT chats.id AS chat_id, CAST(NULL AS uuid) AS message_id, chats.title, chats.title AS said
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND chats.search @@ chat.searched_titles()
 ORDER BY chats.updated_at DESC, chats.id DESC
 LIMIT :limit;

-- name: search_newest_messages
-- Where the words stand in the user's last :depth messages, the newest first. Common words are soon found there; by
-- their index all their places would have to be read to tell which are the last.
WITH newest AS (
    SELECT messages.id, messages.chat_id, messages.seq, messages.role, messages.search
      FROM chat.messages
     WHERE messages.user_id = :user_id
     ORDER BY messages.seq DESC
     LIMIT :depth
), found AS (
    SELECT newest.id, newest.chat_id, newest.seq
      FROM newest
     WHERE newest.search @@ chat.words(:words)
       AND newest.role IN ('user', 'assistant')
     ORDER BY newest.seq DESC
     LIMIT :limit
)
SELECT found.chat_id, found.id AS message_id, chats.title, left(messages.content, 20000) AS said
  FROM found
  JOIN chat.messages ON messages.id = found.id
  JOIN chat.chats ON chats.id = found.chat_id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
 ORDER BY found.seq DESC;

-- name: count_newest_messages
-- How many of the user's last :depth messages hold the finished words of a search, and how many its unfinished one.
SELECT count(1) FILTER (WHERE newest.search @@ chat.words(:finished)) AS finished,
       count(1) FILTER (WHERE newest.search @@ chat.words(:unfinished)) AS unfinished
  FROM (SELECT messages.search
          FROM chat.messages
         WHERE messages.user_id = :user_id
         ORDER BY messages.seq DESC
         LIMIT :depth) AS newest;

-- name: search_all_messages
-- The same in all of the user's messages, looked up by the words that chat.searched() gives. Materialized: a planner
-- that knows of the limit might read one message after the other until it has found enough.
WITH matching AS MATERIALIZED (
    SELECT messages.id, messages.chat_id, messages.seq
      FROM chat.messages
     WHERE messages.user_id = :user_id
       AND messages.search @@ chat.searched()
       AND messages.search @@ chat.words(:words)
       AND messages.role IN ('user', 'assistant')
), found AS (
    SELECT matching.id, matching.chat_id, matching.seq
      FROM matching
     ORDER BY matching.seq DESC
     LIMIT :limit
)
SELECT found.chat_id, found.id AS message_id, chats.title, left(messages.content, 20000) AS said
  FROM found
  JOIN chat.messages ON messages.id = found.id
  JOIN chat.chats ON chats.id = found.chat_id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
 ORDER BY found.seq DESC;
