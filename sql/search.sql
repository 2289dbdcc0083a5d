-- name: search
-- Where the user's own chats hold the words that chat.searched() gives, titles first, then what was said last.
WITH titled AS (
    SELECT chats.id AS chat_id, chats.title, chats.updated_at
      FROM chat.chats
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
       AND chats.search @@ chat.searched()
     ORDER BY chats.updated_at DESC
     LIMIT :limit
), said AS (
    SELECT messages.id AS message_id, messages.chat_id, messages.seq
      FROM chat.messages
     WHERE messages.user_id = :user_id
       AND messages.search @@ chat.searched()
       AND messages.role IN ('user', 'assistant')
     ORDER BY messages.seq DESC
     LIMIT :limit
), found AS (
    SELECT titled.chat_id, CAST(NULL AS uuid) AS message_id, titled.title, titled.title AS context,
           0 AS kind, extract(epoch FROM titled.updated_at) AS recency
      FROM titled
 UNION ALL
    SELECT said.chat_id, said.message_id, chats.title, left(messages.content, 20000), 1, said.seq
      FROM said
      JOIN chat.messages ON messages.id = said.message_id
      JOIN chat.chats ON chats.id = said.chat_id
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
     ORDER BY kind, recency DESC
     LIMIT :limit
)
SELECT found.chat_id, found.message_id, found.title,
       ts_headline('simple', translate(found.context, :marks, ''), chat.searched(), :options) AS snippet
  FROM found
 ORDER BY found.kind, found.recency DESC;
