-- name: template_state
-- Whether the template's tables are there and may be read. `lacking` are tables and columns that do not exist, `denied`
-- the tables that may not be read; both are empty where the schema itself is missing. From the catalogue, which
-- everybody may read.
WITH needed (relation, attribute) AS (
    VALUES ('Chat', 'id'), ('Chat', 'createdAt'), ('Chat', 'title'), ('Chat', 'userId'), ('Chat', 'visibility'),
           ('Message', 'id'), ('Message', 'chatId'), ('Message', 'role'), ('Message', 'parts'),
           ('Message', 'attachments'), ('Message', 'createdAt'), ('Message', 'traceId'),
           ('Vote', 'chatId'), ('Vote', 'messageId'), ('Vote', 'isUpvoted')
), template AS (
    SELECT pg_namespace.oid, has_schema_privilege(pg_namespace.oid, 'USAGE') AS may_use
      FROM pg_namespace
     WHERE pg_namespace.nspname = 'ai_chatbot'
), found AS (
    SELECT needed.relation, needed.attribute, pg_class.oid, pg_attribute.attnum
      FROM template
     CROSS JOIN needed
      LEFT JOIN pg_class ON pg_class.relnamespace = template.oid AND pg_class.relname = needed.relation
      LEFT JOIN pg_attribute ON pg_attribute.attrelid = pg_class.oid AND pg_attribute.attname = needed.attribute
                            AND NOT pg_attribute.attisdropped
)
SELECT format('%I', current_user) AS role,
       EXISTS (SELECT FROM template) AS has_schema,
       coalesce((SELECT template.may_use FROM template), false) AS may_use,
       ARRAY (SELECT DISTINCT found.relation || CASE WHEN found.oid IS NULL THEN '' ELSE '.' || found.attribute END
                FROM found
               WHERE found.attnum IS NULL
               ORDER BY 1) AS lacking,
       ARRAY (SELECT DISTINCT found.relation
                FROM found
               WHERE found.oid IS NOT NULL
                 AND NOT has_table_privilege(found.oid, 'SELECT')
               ORDER BY 1) AS denied;

-- name: template_chats
-- The next chats in the order of their ids, after :after_id; NULL: the first. Times are UTC, and none is before 1970 or
-- to come.
SELECT chat.id, chat.title, chat."userId" AS user_id, chat.visibility,
       LEAST(GREATEST(chat."createdAt", timestamp '1970-01-01'), now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS created_at
  FROM ai_chatbot."Chat" AS chat
 WHERE CAST(:after_id AS uuid) IS NULL OR chat.id > :after_id
 ORDER BY chat.id
 LIMIT :limit;

-- name: template_messages
-- The next messages without what they say: by chat, and within a chat as they were said, after the message :after_id.
-- The template has no index for this, so each page reads the table once, without the long values beside it. A question
-- and its answer may have the same time; then the question is first.
SELECT message.id, message."chatId" AS chat_id, message.role,
       LEAST(GREATEST(message."createdAt", timestamp '1970-01-01'), now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
           AS created_at,
       CAST(message."createdAt" AS text) AS said_at
  FROM ai_chatbot."Message" AS message
 WHERE CAST(:after_chat AS uuid) IS NULL
    OR (message."chatId", message."createdAt", message.role <> 'user', message.id)
       > (CAST(:after_chat AS uuid), CAST(:after_time AS timestamp), CAST(:after_answer AS boolean),
          CAST(:after_id AS uuid))
 ORDER BY message."chatId", message."createdAt", message.role <> 'user', message.id
 LIMIT :limit;

-- name: template_contents
-- What some messages of a chat say, with the chat's votes; `bytes` is the size of all of them. Where it is more than
-- :max_bytes, nothing else is read. JSON as text: whoever reads it tells which message is broken.
WITH content AS MATERIALIZED (
    SELECT message.id, message."chatId" AS chat_id, CAST(message.parts AS text) AS parts,
           CAST(message.attachments AS text) AS attachments, message."traceId" AS trace_id
      FROM ai_chatbot."Message" AS message
     WHERE message.id = ANY (CAST(string_to_array(:message_ids, ',') AS uuid[]))
), size AS (
    SELECT sum(octet_length(content.parts) + octet_length(content.attachments)) AS bytes
      FROM content
)
SELECT content.id, CAST(size.bytes AS bigint) AS bytes, content.trace_id, vote."isUpvoted" AS is_upvoted,
       CASE WHEN size.bytes <= :max_bytes THEN content.parts END AS parts,
       CASE WHEN size.bytes <= :max_bytes THEN content.attachments END AS attachments
  FROM content
 CROSS JOIN size
  LEFT JOIN ai_chatbot."Vote" AS vote ON vote."chatId" = content.chat_id AND vote."messageId" = content.id;
