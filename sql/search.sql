-- fragment: titles
-- The user's own chats whose titles match chat.searched_titles(), from behind the chat :after_id that was last active at
-- :after_at; NULL: from the first. It takes the words from the settings that are sent with the statement. The policy on
-- chats has the same condition: without it Postgres would not use the index of words (sql/migrations/0004_walls.sql).
SELECT chats.id AS chat_id, CAST(NULL AS uuid) AS message_id, chats.title, chats.title AS text, chats.created_at,
       chats.agent, chats.updated_at, chats.archived_at IS NOT NULL AS is_archived, CAST(NULL AS bigint) AS seq
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND chats.search @@ chat.searched_titles()
   AND (CAST(:after_at AS timestamptz) IS NULL
        OR (chats.updated_at, chats.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)));

-- name: search_titles
-- Titles with the words, the last active first.
{titles}
 ORDER BY chats.updated_at DESC, chats.id DESC
 LIMIT :limit;

-- name: search_similar_titles
-- Titles with the words or words like them, without those that have the words themselves. With :each_once also without
-- chats of which a message was found.
{titles}
   AND NOT coalesce(chats.search @@ chat.words(:words), false)
   AND NOT (CAST(:each_once AS boolean) AND EXISTS (
           SELECT FROM chat.messages
            WHERE messages.chat_id = chats.id
              AND messages.role IN ('user', 'assistant')
              AND messages.search @@ chat.words(:words)))
 ORDER BY chats.updated_at DESC, chats.id DESC
 LIMIT :limit;

-- fragment: newest
-- Of the user's last :depth messages before number :before those that match the words. Common words soon come up there.
-- The index of words is not in the order of time: it would give all messages with a common word, to be sorted.
newest AS (
    SELECT messages.id, messages.chat_id, messages.seq, messages.role, messages.search
      FROM chat.messages
     WHERE messages.user_id = :user_id
       AND (CAST(:before AS bigint) IS NULL OR messages.seq < CAST(:before AS bigint))
     ORDER BY messages.seq DESC
     LIMIT :depth
), matching AS MATERIALIZED (
    SELECT newest.id, newest.chat_id, newest.seq
      FROM newest
     WHERE newest.search @@ chat.words(:words)
       AND newest.role IN ('user', 'assistant')
);

-- fragment: everywhere
-- All of the user's messages that match the words. The index looks up the words that chat.searched() takes from the
-- settings, which may be only the rarer ones of :words. `matching` is materialized to hide the limit from the planner,
-- which might otherwise read messages one by one in the order of time until it has enough.
matching AS MATERIALIZED (
    SELECT messages.id, messages.chat_id, messages.seq
      FROM chat.messages
     WHERE messages.user_id = :user_id
       AND messages.search @@ chat.searched()
       AND messages.search @@ chat.words(:words)
       AND messages.role IN ('user', 'assistant')
);

-- fragment: hits
-- The newest :limit messages that match, with what a hit shows of them.
hit AS (
    SELECT matching.id, matching.chat_id, matching.seq, chats.title, chats.agent, chats.updated_at, chats.archived_at
      FROM matching
      JOIN chat.chats ON chats.id = matching.chat_id
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
       AND (CAST(:before AS bigint) IS NULL OR matching.seq < CAST(:before AS bigint))
     ORDER BY matching.seq DESC
     LIMIT :limit
)
SELECT hit.chat_id, hit.id AS message_id, hit.title, left(messages.content, 20000) AS text, messages.created_at,
       hit.agent, hit.updated_at, hit.archived_at IS NOT NULL AS is_archived, hit.seq
  FROM hit
  JOIN chat.messages ON messages.id = hit.id
 ORDER BY hit.seq DESC;

-- fragment: chats
-- The chats of the messages that match, by their newest one, without chats whose titles match: these come first.
SELECT chats.id AS chat_id, chats.title, chats.agent, chats.updated_at, chats.archived_at IS NOT NULL AS is_archived,
       max(matching.seq) AS seq
  FROM matching
  JOIN chat.chats ON chats.id = matching.chat_id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND NOT coalesce(chats.search @@ chat.words(:words), false)
 GROUP BY chats.id
HAVING CAST(:before AS bigint) IS NULL OR max(matching.seq) < CAST(:before AS bigint)
 ORDER BY seq DESC
 LIMIT :limit;

-- name: search_newest_messages
-- The newest hits, as far as the user's last messages have them.
WITH {newest}, {hits};

-- name: search_all_messages
-- The newest hits of all.
WITH {everywhere}, {hits};

-- name: search_newest_chats
-- The chats of these hits, as far as the user's last messages have them.
WITH {newest}
{chats};

-- name: search_all_chats
-- The chats of all hits.
WITH {everywhere}
{chats};

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

-- name: hits_in_chats
-- For each of these chats, the newest :limit of its last :depth messages that match, and how many of them match.
SELECT chats.id AS chat_id, found.message_id, chats.title, left(messages.content, 20000) AS text,
       messages.created_at, chats.agent, found.hit_count
  FROM chat.chats
 CROSS JOIN LATERAL (
    SELECT newest.id AS message_id, newest.seq, count(1) OVER () AS hit_count
      FROM (SELECT messages.id, messages.seq, messages.role, messages.search
              FROM chat.messages
             WHERE messages.chat_id = chats.id
             ORDER BY messages.seq DESC
             LIMIT :depth) AS newest
     WHERE newest.search @@ chat.words(:words)
       AND newest.role IN ('user', 'assistant')
     ORDER BY newest.seq DESC
     LIMIT :limit
       ) AS found
  JOIN chat.messages ON messages.id = found.message_id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND chats.id = ANY (CAST(string_to_array(:chat_ids, ',') AS uuid[]))
 ORDER BY found.seq DESC;
