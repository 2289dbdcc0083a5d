-- name: save_vote
-- Store the user's vote on an answer that they may read. It replaces an earlier vote of theirs.
INSERT INTO chat.votes (chat_id, message_id, user_id, is_upvoted, comment)
SELECT messages.chat_id, messages.id, :user_id, :is_upvoted, :comment
  FROM chat.messages
  JOIN chat.chats ON chats.id = messages.chat_id
 WHERE messages.id = :message_id
   AND messages.role = 'assistant'
   AND chats.deleted_at IS NULL
   AND (chats.user_id = :user_id OR chat.is_shown(chats.id, messages.id))
    ON CONFLICT (message_id, user_id) DO UPDATE
   SET is_upvoted = EXCLUDED.is_upvoted, comment = EXCLUDED.comment, updated_at = now()
RETURNING votes.message_id;

-- name: delete_vote
-- Delete the user's vote on an answer. A row if they may read such an answer, whether or not they had voted on it.
WITH answer AS (
    SELECT messages.id
      FROM chat.messages
      JOIN chat.chats ON chats.id = messages.chat_id
     WHERE messages.id = :message_id
       AND messages.role = 'assistant'
       AND chats.deleted_at IS NULL
       AND (chats.user_id = :user_id OR chat.is_shown(chats.id, messages.id))
), deleted_vote AS (
    DELETE FROM chat.votes
     USING answer
     WHERE votes.message_id = answer.id
       AND votes.user_id = :user_id
)
SELECT answer.id
  FROM answer;

-- name: list_votes
-- The user's own votes in a chat that they may read.
SELECT votes.message_id, votes.is_upvoted, votes.comment
  FROM chat.votes
  JOIN chat.chats ON chats.id = votes.chat_id
 WHERE votes.chat_id = :chat_id
   AND votes.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.user_id = :user_id OR chat.is_shared(chats.visibility, chats.shared_until));
