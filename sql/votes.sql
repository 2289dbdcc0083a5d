-- name: save_vote
-- Store the user's vote on an answer that they may read. It replaces an earlier vote of theirs. What MLflow or Genie
-- is to be told of it, a trigger notes in the same transaction (chat.note_assessment).
INSERT INTO chat.votes (chat_id, message_id, user_id, is_upvoted, comment, tags, agent)
SELECT messages.chat_id, messages.id, :user_id, :is_upvoted, :comment, CAST(:tags AS jsonb),
       coalesce(messages.agent, '')
  FROM chat.messages
  JOIN chat.chats ON chats.id = messages.chat_id
 WHERE messages.id = :message_id
   AND messages.role = 'assistant'
   AND chats.deleted_at IS NULL
   AND (chats.user_id = :user_id OR chat.is_shown(chats.id, messages.id))
    ON CONFLICT (message_id, user_id) DO UPDATE
   SET is_upvoted = EXCLUDED.is_upvoted, comment = EXCLUDED.comment, tags = EXCLUDED.tags, updated_at = now()
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
-- The user's own votes in a chat that they may read, and what MLflow or Genie (the receiver) was told of each: NULL if
-- its answer has no trace.
SELECT votes.message_id, votes.is_upvoted, votes.comment, votes.tags, assessments.receiver,
       CASE WHEN assessments.id IS NULL THEN NULL
            WHEN assessments.due_at IS NOT NULL THEN 'waiting'
            WHEN assessments.problem IS NOT NULL THEN 'refused'
            ELSE 'sent'
        END AS delivery
  FROM chat.votes
  JOIN chat.chats ON chats.id = votes.chat_id
  LEFT JOIN chat.assessments ON assessments.message_id = votes.message_id
                            AND assessments.user_id = votes.user_id
                            AND assessments.is_upvoted IS NOT NULL
 WHERE votes.chat_id = :chat_id
   AND votes.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.user_id = :user_id OR chat.is_shared(chats.visibility, chats.shared_until));

-- name: list_liked_questions
-- The questions with which the user's own chats begin and whose answers they voted up: the last vote first, each text once.
-- Only the last :depth such votes are looked at.
SELECT question.content
  FROM (SELECT votes.message_id, votes.updated_at
          FROM chat.votes
         WHERE votes.user_id = :user_id
           AND votes.is_upvoted
         ORDER BY votes.updated_at DESC
         LIMIT :depth) AS vote
  JOIN chat.messages AS answer ON answer.id = vote.message_id
  JOIN chat.messages AS question ON question.id = answer.parent_id
  JOIN chat.chats ON chats.id = question.chat_id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND question.parent_id IS NULL
   AND question.attachments = '[]'
   AND char_length(question.content) <= :max_chars
 GROUP BY question.content
 ORDER BY max(vote.updated_at) DESC
 LIMIT :limit;
