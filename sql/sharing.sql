-- name: find_chat
-- A chat that the user may read: their own, or a public one. How its owner keeps it is the owner's alone to see.
SELECT chats.id, chats.title, chats.title_source, chats.visibility, chats.agent,
       CASE WHEN chats.user_id = :user_id THEN chats.pinned_at END AS pinned_at,
       CASE WHEN chats.user_id = :user_id THEN chats.archived_at END AS archived_at,
       chats.created_at, chats.updated_at,
       EXISTS (SELECT FROM chat.turns WHERE turns.chat_id = chats.id AND turns.status = 'running') AS running,
       chats.user_id = :user_id AND chats.updated_at > chats.last_read_at AS unread,
       chats.user_id = :user_id AS is_owner,
       coalesce(users.name, users.email) AS owner_name
  FROM chat.chats
  JOIN chat.users ON users.id = chats.user_id
 WHERE chats.id = :chat_id
   AND chats.deleted_at IS NULL
   AND (chats.user_id = :user_id OR chats.visibility = 'public');

-- name: copy_chat
-- The open branch of a chat that the user may read, as a private chat of their own, without the question that is being
-- answered. Copying again under the same id changes nothing; under that of a deleted chat it is an error.
WITH source AS (
    SELECT chats.id, chats.title, chats.agent, chat.open_leaf(chats.id, chats.leaf_id) AS leaf_id
      FROM chat.chats
     WHERE chats.id = :chat_id
       AND chats.deleted_at IS NULL
       AND (chats.user_id = :user_id OR chats.visibility = 'public')
), branch AS (
    SELECT branch.id, branch.depth
      FROM source
     CROSS JOIN LATERAL chat.branch(source.id, source.leaf_id, NULL, NULL) AS branch
     WHERE branch.depth > 1
        OR NOT EXISTS (SELECT FROM chat.turns WHERE turns.question_id = branch.id AND turns.status = 'running')
), numbered AS MATERIALIZED (
    SELECT branch.id, branch.depth, gen_random_uuid() AS copy_id
      FROM branch
), person AS (
    INSERT INTO chat.users (id, email, name)
    SELECT :user_id, :email, :name
      FROM source
        ON CONFLICT (id) DO UPDATE
       SET last_seen_at = now()
    RETURNING users.id
), copied AS (
    INSERT INTO chat.chats (id, user_id, title, title_source, agent)
    SELECT :new_chat_id, person.id, source.title, 'user', source.agent
      FROM person, source
        ON CONFLICT (id) DO NOTHING
    RETURNING chats.id
), made AS MATERIALIZED (
    SELECT chat.undeleted(copied.id, :user_id) AS id
      FROM copied
), said AS (
    INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, attachments, content, created_at)
    SELECT numbered.copy_id, made.id, :user_id, lag(numbered.copy_id) OVER (ORDER BY numbered.depth DESC),
           messages.role, messages.status, messages.parts, messages.attachments, messages.content, messages.created_at
      FROM made, numbered
      JOIN chat.messages ON messages.id = numbered.id
     ORDER BY numbered.depth DESC
)
SELECT made.id
  FROM made
 UNION
SELECT chats.id
  FROM chat.chats
 WHERE chats.id = :new_chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL;
