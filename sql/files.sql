-- name: add_file
-- Store a file of the user's that belongs to no chat yet, with its bytes or with its object in the Volume. Under the id
-- of another file of theirs nothing is changed, and that one is returned; the id of somebody else's is an error of
-- row-level security (42501).
WITH locked_user AS (
    INSERT INTO chat.users (id, email, name)
    VALUES (:user_id, :email, :person)
        ON CONFLICT (id) DO UPDATE
       SET last_seen_at = now()
    RETURNING users.id
)
INSERT INTO chat.files (id, user_id, name, content_type, size_bytes, content, volume_path)
SELECT :file_id, locked_user.id, :name, :content_type, :size_bytes, CAST(:content AS bytea), :volume_path
  FROM locked_user
    ON CONFLICT (id) DO UPDATE
   SET name = files.name
RETURNING files.id, files.name, files.content_type, files.size_bytes;

-- name: find_files
-- What is told of these files, as far as they are the user's own.
SELECT files.id, files.name, files.content_type, files.size_bytes
  FROM chat.files
 WHERE files.id = ANY (CAST(string_to_array(:file_ids, ',') AS uuid[]))
   AND files.user_id = :user_id;

-- name: count_unasked_files
-- How many of the user's files belong to no chat yet, and how many bytes they have together.
SELECT count(1) AS files, coalesce(sum(files.size_bytes), 0) AS bytes
  FROM chat.files
 WHERE files.user_id = :user_id
   AND files.chat_id IS NULL;

-- name: read_file
-- A file with its bytes, or with its object in the Volume: one of the user's own, or one of a message that is shown in a
-- shared chat.
SELECT files.id, files.name, files.content_type, files.size_bytes, files.content, files.volume_path
  FROM chat.files
  LEFT JOIN chat.chats ON chats.id = files.chat_id
 WHERE files.id = :file_id
   AND chats.deleted_at IS NULL
   AND (files.user_id = :user_id
        OR EXISTS (SELECT
                     FROM chat.branch(chats.id, chat.shared_leaf(chats.id), NULL, NULL) AS branch
                     JOIN chat.messages ON messages.id = branch.id
                    WHERE messages.attachments @> jsonb_build_array(jsonb_build_object('id', files.id))));

-- name: note_object
-- Have an object of the Volume removed after :seconds unless a file names it by then. To be noted before it is written.
INSERT INTO chat.volume_removals (volume_path, due_at)
VALUES (:volume_path, now() + make_interval(secs => :seconds));
