-- name: list_messages
-- The last :limit messages of the open branch, oldest first; with :before_id, the last :limit before that message. The
-- chat must be the user's own or public. A walk that starts at :before_id includes it, so it takes one message more and
-- that one is left out.
SELECT messages.id, messages.chat_id, messages.parent_id, messages.role, messages.status, messages.parts,
       messages.attachments, messages.content, messages.trace_id, messages.usage, messages.asked_as,
       messages.created_at
  FROM chat.chats
 CROSS JOIN LATERAL chat.branch(chats.id, coalesce(CAST(:before_id AS uuid), chat.open_leaf(chats.id, chats.leaf_id)),
                                :limit + CAST(CAST(:before_id AS uuid) IS NOT NULL AS integer), NULL) AS branch
  JOIN chat.messages ON messages.id = branch.id
 WHERE chats.id = :chat_id
   AND (chats.user_id = :user_id OR chats.visibility = 'public')
   AND chats.deleted_at IS NULL
   AND branch.id IS DISTINCT FROM CAST(:before_id AS uuid)
 ORDER BY branch.depth DESC;

-- name: get_message
-- One message of a chat that the user may read.
SELECT messages.id, messages.chat_id, messages.parent_id, messages.role, messages.status, messages.parts,
       messages.attachments, messages.content, messages.trace_id, messages.usage, messages.asked_as,
       messages.created_at
  FROM chat.messages
  JOIN chat.chats ON chats.id = messages.chat_id
 WHERE messages.id = :message_id
   AND (chats.user_id = :user_id OR chats.visibility = 'public')
   AND chats.deleted_at IS NULL;

-- name: list_context
-- What the agent gets to read before it answers a question, oldest first, the question last: the end of the question's
-- branch that fits :max_chars, and always the question itself and every system message of the chat.
WITH context AS (
    SELECT branch.id
      FROM chat.branch(CAST(:chat_id AS uuid), CAST(:question_id AS uuid), NULL, :max_chars) AS branch
     WHERE branch.chars <= :max_chars
        OR branch.depth = 1
 UNION
    SELECT messages.id
      FROM chat.messages
     WHERE messages.chat_id = :chat_id
       AND messages.user_id = :user_id
       AND messages.role = 'system'
)
SELECT messages.role, messages.parts
  FROM context
  JOIN chat.messages USING (id)
 WHERE messages.user_id = :user_id
 ORDER BY messages.seq;
