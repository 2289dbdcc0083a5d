-- name: list_allowed_tools
-- The tools that the owner of a chat has always allowed in it, in the order in which they did.
SELECT allowed.tool ->> 'name' AS name, allowed.tool ->> 'server' AS server, allowed.tool ->> 'agent' AS agent
  FROM chat.chats
 CROSS JOIN jsonb_array_elements(chats.allowed_tools) WITH ORDINALITY AS allowed (tool, place)
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
 ORDER BY allowed.place;

-- name: allow_tool
-- Allow a tool always in a chat, or no longer. No row for a chat that allows :most tools already.
UPDATE chat.chats
   SET allowed_tools = (SELECT coalesce(jsonb_agg(allowed.tool ORDER BY allowed.place), '[]')
                          FROM jsonb_array_elements(chats.allowed_tools) WITH ORDINALITY AS allowed (tool, place)
                         WHERE allowed.tool <> CAST(:tool AS jsonb))
                       || CASE WHEN :is_allowed THEN jsonb_build_array(CAST(:tool AS jsonb)) ELSE '[]' END
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (NOT :is_allowed OR jsonb_array_length(chats.allowed_tools) < :most)
RETURNING chats.id;
