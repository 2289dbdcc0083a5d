-- name: copy_chat
-- Make the open branch of a chat that the user may read a private chat of their own, without a question that is being
-- answered at its end; or the branch that ends with the message :until. Of somebody else's chat, only what is shown.
-- Copying again under the same id changes nothing and returns the copy; the id of a deleted chat is an error (see
-- chat.undeleted), and with no row the source cannot be read, lacks that message, or the new id is somebody else's.
-- The source is read without a lock: the whole statement sees it as it was at one moment, and messages are never
-- changed except that the answer of a dead turn may be replaced.
-- `locked_user` locks the user before the chat is made, as in start_turn, so that chat.join_users misses no new chat.
-- `branch` walks the source from its open or shared leaf, or from :until, to the root; depth 1 is the leaf.
-- `copy_ids` is materialized because each id is used twice, as the id of a copy and as the parent of the next one: it
-- must not be made anew the second time.
-- `file_ids` gives each file of these messages the id of its copy, and the copied messages name the copies.
-- `new_chat` has a row only when this statement made the chat, so a repeat copies no messages.
-- `checked_chat` looks for a deletion after the chat was made, in that order, for the reason given at chat.undeleted;
-- materialized, so that the check runs once.
WITH source AS (
    SELECT chats.id, chats.title, chats.agent, chats.uses_instructions OR chats.user_id <> :user_id AS uses_instructions,
           CASE WHEN CAST(:until AS uuid) IS NOT NULL THEN CAST(:until AS uuid)
                WHEN chats.user_id = :user_id THEN chat.open_leaf(chats.id, chats.leaf_id)
                ELSE chat.shared_leaf(chats.id) END AS leaf_id
      FROM chat.chats
     WHERE chats.id = :chat_id
       AND chats.deleted_at IS NULL
       AND (chats.user_id = :user_id OR chat.is_shared(chats.visibility, chats.shared_until))
       AND (CAST(:until AS uuid) IS NULL
            OR CASE WHEN chats.user_id = :user_id
                    THEN EXISTS (SELECT FROM chat.messages WHERE messages.id = :until AND messages.chat_id = chats.id)
                    ELSE chat.is_shown(chats.id, :until) END)
), branch AS (
    SELECT branch.id, branch.depth
      FROM source
     CROSS JOIN LATERAL chat.branch(source.id, source.leaf_id, NULL, NULL) AS branch
     WHERE branch.depth > 1
        OR CAST(:until AS uuid) IS NOT NULL
        OR NOT EXISTS (SELECT FROM chat.turns WHERE turns.question_id = branch.id AND turns.status = 'running')
), copy_ids AS MATERIALIZED (
    SELECT branch.id, branch.depth, gen_random_uuid() AS copy_id
      FROM branch
), locked_user AS (
    INSERT INTO chat.users (id, email, name)
    SELECT :user_id, :email, :name
      FROM source
        ON CONFLICT (id) DO UPDATE
       SET last_seen_at = now()
    RETURNING users.id
), new_chat AS (
    INSERT INTO chat.chats (id, user_id, title, title_source, agent, uses_instructions)
    SELECT :new_chat_id, locked_user.id, source.title, 'user', source.agent, source.uses_instructions
      FROM locked_user, source
        ON CONFLICT (id) DO NOTHING
    RETURNING chats.id
), checked_chat AS MATERIALIZED (
    SELECT chat.undeleted(new_chat.id, :user_id) AS id
      FROM new_chat
), file_ids AS MATERIALIZED (
    SELECT files.id, gen_random_uuid() AS copy_id
      FROM source
      JOIN chat.files ON files.chat_id = source.id
     WHERE EXISTS (SELECT
                     FROM branch
                     JOIN chat.messages ON messages.id = branch.id
                    WHERE messages.attachments @> jsonb_build_array(jsonb_build_object('id', files.id)))
), copied_files AS (
    INSERT INTO chat.files (id, chat_id, user_id, name, content_type, size_bytes, content, volume_path)
    SELECT file_ids.copy_id, checked_chat.id, :user_id, files.name, files.content_type, files.size_bytes, files.content,
           files.volume_path
      FROM checked_chat, file_ids
      JOIN chat.files ON files.id = file_ids.id
), copied_messages AS (
    INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, attachments, content, agent,
                               model, created_at)
    SELECT copy_ids.copy_id, checked_chat.id, :user_id, lag(copy_ids.copy_id) OVER (ORDER BY copy_ids.depth DESC),
           messages.role, messages.status, messages.parts,
           CASE WHEN messages.attachments = '[]' THEN messages.attachments
                ELSE (SELECT jsonb_agg(attached.about - 'id'
                                       || CASE WHEN file_ids.id IS NULL THEN jsonb_build_object()
                                               ELSE jsonb_build_object('id', file_ids.copy_id) END
                                       ORDER BY attached.place)
                        FROM jsonb_array_elements(messages.attachments) WITH ORDINALITY AS attached (about, place)
                        LEFT JOIN file_ids ON CAST(file_ids.id AS text) = attached.about ->> 'id')
            END,
           messages.content, messages.agent, messages.model, messages.created_at
      FROM checked_chat, copy_ids
      JOIN chat.messages ON messages.id = copy_ids.id
     ORDER BY copy_ids.depth DESC
), copied_charts AS (
    INSERT INTO chat.charts (message_id, user_id, chart)
    SELECT copy_ids.copy_id, :user_id, charts.chart
      FROM checked_chat, copy_ids
      JOIN chat.messages ON messages.id = copy_ids.id
      JOIN chat.charts ON charts.message_id = messages.id AND charts.user_id = messages.user_id
)
SELECT checked_chat.id
  FROM checked_chat
 UNION
SELECT chats.id
  FROM chat.chats
 WHERE chats.id = :new_chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL;
