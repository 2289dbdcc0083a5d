-- name: list_messages
-- The end of the open branch, oldest first: from its last message (or the one before :before_id) up the parents.
-- The open branch ends at the question that is being answered, else at the newest message. Of a chat that the user
-- may read: their own, or a public one.
WITH RECURSIVE leaf AS (
    SELECT coalesce(
               (SELECT messages.parent_id FROM chat.messages
                 WHERE messages.id = CAST(:before_id AS uuid) AND messages.chat_id = chats.id),
               (SELECT turns.question_id FROM chat.turns
                 WHERE turns.chat_id = chats.id AND turns.status = 'running' AND CAST(:before_id AS uuid) IS NULL),
               (SELECT messages.id FROM chat.messages
                 WHERE messages.chat_id = chats.id AND CAST(:before_id AS uuid) IS NULL
                 ORDER BY messages.seq DESC LIMIT 1)) AS id
      FROM chat.chats
     WHERE chats.id = :chat_id
       AND (chats.user_id = :user_id OR chats.visibility = 'public')
       AND chats.deleted_at IS NULL
), branch AS (
    SELECT messages.*, 1 AS depth
      FROM leaf
      JOIN chat.messages ON messages.id = leaf.id
     WHERE messages.chat_id = :chat_id
 UNION ALL
    SELECT messages.*, branch.depth + 1
      FROM branch
      JOIN chat.messages ON messages.id = branch.parent_id
     WHERE branch.depth < :limit
       AND messages.chat_id = :chat_id
)
SELECT branch.id, branch.chat_id, branch.parent_id, branch.role, branch.status, branch.parts, branch.attachments,
       branch.content, branch.trace_id, branch.usage, branch.asked_as, branch.created_at
  FROM branch
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
-- What led to a question, oldest first, the question last: as much of its branch as fits :max_chars, and always
-- the question itself and every system message of the chat.
WITH RECURSIVE branch AS (
    SELECT messages.*, length(CAST(messages.parts AS text)) AS chars
      FROM chat.messages
     WHERE messages.id = :question_id
       AND messages.chat_id = :chat_id
       AND messages.user_id = :user_id
 UNION ALL
    SELECT messages.*, branch.chars + length(CAST(messages.parts AS text))
      FROM branch
      JOIN chat.messages ON messages.id = branch.parent_id
     WHERE branch.chars < :max_chars
       AND messages.chat_id = :chat_id
), kept AS (
    SELECT branch.id
      FROM branch
     WHERE branch.chars <= :max_chars
        OR branch.id = :question_id
 UNION
    SELECT messages.id
      FROM chat.messages
     WHERE messages.chat_id = :chat_id
       AND messages.user_id = :user_id
       AND messages.role = 'system'
)
SELECT messages.id, messages.role, messages.parts
  FROM kept
  JOIN chat.messages USING (id)
 ORDER BY messages.seq;
