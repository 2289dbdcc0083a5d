-- name: delete_some_chats
-- Delete some of a user's chats, in the trash or not; no row when none is left. By their ids, so that two that delete
-- at the same time take the locks in the same order. As many as have :max_messages messages together, and the first
-- one in any case, so that a statement takes about the same time whether chats are short or long. Their ids stay in
-- deleted_chats, for the reason given at delete_chat.
WITH candidate AS MATERIALIZED (
    SELECT chats.id, chats.user_id, chats.id AS place
      FROM chat.chats
     WHERE chats.user_id = :user_id
     ORDER BY chats.id
     LIMIT :limit
       FOR UPDATE
), batch AS MATERIALIZED (
    SELECT counted.id, counted.user_id, counted.messages
      FROM (SELECT candidate.id, candidate.user_id, said.messages,
                   sum(said.messages) OVER (ORDER BY candidate.place, candidate.id) - said.messages AS before
              FROM candidate
             CROSS JOIN LATERAL (SELECT count(1) AS messages
                                   FROM chat.messages
                                  WHERE messages.chat_id = candidate.id) AS said) AS counted
     WHERE counted.before < :max_messages
), deleted AS (
    DELETE FROM chat.chats
     USING batch
     WHERE chats.id = batch.id
    RETURNING chats.id, chats.user_id, batch.messages
), remembered AS (
    INSERT INTO chat.deleted_chats (id, user_id)
    SELECT deleted.id, deleted.user_id
      FROM deleted
        ON CONFLICT (id) DO NOTHING
)
SELECT deleted.id, deleted.messages
  FROM deleted;

-- name: list_running_chats
-- The user's chats in which an answer is being written, in the trash or not.
SELECT turns.chat_id
  FROM chat.turns
 WHERE turns.user_id = :user_id
   AND turns.status = 'running';

-- name: forget_user
-- Delete what is left of a user whose chats are gone: their votes on other users' answers, who they are, and, with the
-- row in users, the ids of deleted chats and the moves. How many votes there were.
WITH deleted_votes AS (
    DELETE FROM chat.votes
     WHERE votes.user_id = :user_id
    RETURNING votes.message_id
), deleted_identities AS (
    DELETE FROM chat.identities
     WHERE identities.user_id = :user_id
), deleted_user AS (
    DELETE FROM chat.users
     WHERE users.id = :user_id
)
SELECT count(1) AS votes
  FROM deleted_votes;
