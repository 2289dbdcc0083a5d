-- The words of a search stand in these statements as a tsquery, :words, which `words_of_search` works out once for all.

-- name: words_of_search
-- What the database looks for, as the text of a tsquery; NULL if there is nothing to look for. With :lenient also words with
-- a typo. Besides, the same of its finished words alone and of its unfinished last word, where it has both; else ''.
SELECT CAST(chat.asked(:asked, CAST(:lenient AS boolean)) AS text) AS words,
       CASE WHEN :finished <> '' THEN CAST(chat.asked(:finished, false) AS text) END AS finished,
       CASE WHEN :unfinished <> '' THEN CAST(chat.asked(:unfinished, false) AS text) END AS unfinished;

-- fragment: titles
-- The user's own chats whose titles match chat.searched_titles(), from behind the chat :after_id that was last active at
-- :after_at; NULL: from the first. It takes the words from the settings that are sent with the statement. The policy on
-- chats has the same condition: without it Postgres would not use the index of words (sql/migrations/0004_walls.sql).
SELECT chats.id AS chat_id, CAST(NULL AS uuid) AS message_id, chats.title, chats.title AS text, chats.created_at,
       chats.agent, chats.updated_at, chats.archived_at IS NOT NULL AS is_archived, CAST(NULL AS bigint) AS seq,
       CAST(NULL AS text) AS role
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
-- chats of which a message was found: their messages are read, so the titles are sorted before, and reading ends with the
-- last one needed.
SELECT alike.chat_id, alike.message_id, alike.title, alike.text, alike.created_at, alike.agent, alike.updated_at,
       alike.is_archived, alike.seq, alike.role
  FROM ({titles}
   AND NOT coalesce(chats.search @@ CAST(:words AS tsquery), false)
 ORDER BY chats.updated_at DESC, chats.id DESC
OFFSET 0) AS alike
 WHERE NOT (CAST(:each_once AS boolean) AND EXISTS (
           SELECT FROM chat.messages
            WHERE messages.chat_id = alike.chat_id
              AND messages.user_id = :user_id
              AND messages.role IN ('user', 'assistant')
              AND messages.search @@ CAST(:words AS tsquery)))
 ORDER BY alike.updated_at DESC, alike.chat_id DESC
 LIMIT :limit;

-- fragment: newest
-- The user's last :depth messages before number :before, and of these the ones that match. Common words soon come up
-- there. The index of words is not in the order of time: it would give all messages with a common word, to be sorted.
newest AS MATERIALIZED (
    SELECT last.id, last.chat_id, last.seq,
           last.role IN ('user', 'assistant') AND last.search @@ CAST(:words AS tsquery) AS matches,
           last.search @@ CAST(:finished AS tsquery) AS matches_finished,
           last.search @@ CAST(:unfinished AS tsquery) AS matches_unfinished
      FROM (SELECT messages.id, messages.chat_id, messages.seq, messages.role, messages.search
              FROM chat.messages
             WHERE messages.user_id = :user_id
               AND (CAST(:before AS bigint) IS NULL OR messages.seq < CAST(:before AS bigint))
             ORDER BY messages.seq DESC
             LIMIT :depth) AS last
), matching AS (
    SELECT newest.id, newest.chat_id, newest.seq
      FROM newest
     WHERE newest.matches
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
       AND (CAST(:words AS tsquery) = chat.searched() OR messages.search @@ CAST(:words AS tsquery))
       AND messages.role IN ('user', 'assistant')
);

-- fragment: recent
-- The same of those from number :since on. Postgres takes their places from the index of the user's messages, the places of
-- the words from the index of words, and reads what is in both. It would not combine the two if the same condition could be
-- looked up in either, so the user is here an array, which the index of words cannot look up.
matching AS MATERIALIZED (
    SELECT messages.id, messages.chat_id, messages.seq
      FROM chat.messages
     WHERE messages.user_id = ANY (ARRAY[:user_id])
       AND messages.seq >= :since
       AND messages.search @@ chat.searched()
       AND messages.role IN ('user', 'assistant')
);

-- fragment: hits
-- The newest :limit messages that match, with what a hit shows of them. They are sorted before their chats are read, here
-- and in `chats`, so that of very many matches only the chats of the newest are read.
hit AS (
    SELECT sorted.id, sorted.chat_id, sorted.seq, chats.title, chats.agent, chats.updated_at, chats.archived_at
      FROM (SELECT matching.id, matching.chat_id, matching.seq
              FROM matching
             WHERE CAST(:before AS bigint) IS NULL OR matching.seq < CAST(:before AS bigint)
             ORDER BY matching.seq DESC
            OFFSET 0) AS sorted
      JOIN chat.chats ON chats.id = sorted.chat_id
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
     ORDER BY sorted.seq DESC
     LIMIT :limit
), found AS (
    SELECT hit.chat_id, hit.id AS message_id, hit.title, left(messages.content, 20000) AS text, messages.created_at,
           hit.agent, hit.updated_at, hit.archived_at IS NOT NULL AS is_archived, hit.seq, messages.role
      FROM hit
      JOIN chat.messages ON messages.id = hit.id
);

-- fragment: chats
-- The chats of the messages that match, by their newest one, without chats whose titles match: these come first.
found AS (
    SELECT chats.id AS chat_id, chats.title, chats.agent, chats.updated_at,
           chats.archived_at IS NOT NULL AS is_archived, sorted.seq
      FROM (SELECT matching.chat_id, max(matching.seq) AS seq
              FROM matching
             GROUP BY matching.chat_id
            HAVING CAST(:before AS bigint) IS NULL OR max(matching.seq) < CAST(:before AS bigint)
             ORDER BY seq DESC
            OFFSET 0) AS sorted
      JOIN chat.chats ON chats.id = sorted.chat_id
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
       AND NOT coalesce(chats.search @@ CAST(:words AS tsquery), false)
     ORDER BY sorted.seq DESC
     LIMIT :limit
);

-- fragment: hit_columns
found.chat_id, found.message_id, found.title, found.text, found.created_at, found.agent, found.updated_at,
       found.is_archived, found.seq, found.role

-- fragment: chat_columns
found.chat_id, found.title, found.agent, found.updated_at, found.is_archived, found.seq

-- fragment: looked
-- What was found, and in each row how many messages were looked at, from which number to which, and how many have the
-- finished words and how many the unfinished one; one row with nothing but that if nothing was found.
looked.looked_at, looked.oldest, looked.newest, looked.finished, looked.unfinished
  FROM (SELECT count(1) AS looked_at, min(newest.seq) AS oldest, max(newest.seq) AS newest,
               count(1) FILTER (WHERE newest.matches_finished) AS finished,
               count(1) FILTER (WHERE newest.matches_unfinished) AS unfinished
          FROM newest) AS looked
  LEFT JOIN found ON true

-- name: search_newest_messages
-- The newest hits, as far as the user's last messages have them.
WITH {newest}, {hits}
SELECT {hit_columns},
       {looked}
 ORDER BY found.seq DESC;

-- name: search_newest_chats
-- The chats of these hits.
WITH {newest}, {chats}
SELECT {chat_columns},
       {looked}
 ORDER BY found.seq DESC;

-- name: search_recent_messages
-- The newest hits from number :since on.
WITH {recent}, {hits}
SELECT {hit_columns}
  FROM found
 ORDER BY found.seq DESC;

-- name: search_recent_chats
-- The chats of these hits.
WITH {recent}, {chats}
SELECT {chat_columns}
  FROM found
 ORDER BY found.seq DESC;

-- name: search_all_messages
-- The newest hits of all.
WITH {everywhere}, {hits}
SELECT {hit_columns}
  FROM found
 ORDER BY found.seq DESC;

-- name: search_all_chats
-- The chats of all hits.
WITH {everywhere}, {chats}
SELECT {chat_columns}
  FROM found
 ORDER BY found.seq DESC;

-- name: hits_in_chats
-- For each of these chats, the newest :limit of its last :depth messages that match, and how many of them match.
SELECT chats.id AS chat_id, found.message_id, chats.title, left(messages.content, 20000) AS text,
       messages.created_at, chats.agent, found.hit_count, messages.role
  FROM chat.chats
 CROSS JOIN LATERAL (
    SELECT newest.id AS message_id, newest.seq, count(1) OVER () AS hit_count
      FROM (SELECT messages.id, messages.seq, messages.role, messages.search
              FROM chat.messages
             WHERE messages.chat_id = chats.id
             ORDER BY messages.seq DESC
             LIMIT :depth) AS newest
     WHERE newest.search @@ CAST(:words AS tsquery)
       AND newest.role IN ('user', 'assistant')
     ORDER BY newest.seq DESC
     LIMIT :limit
       ) AS found
  JOIN chat.messages ON messages.id = found.message_id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND chats.id = ANY (CAST(string_to_array(:chat_ids, ',') AS uuid[]))
 ORDER BY found.seq DESC;
