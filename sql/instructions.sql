-- name: read_instructions
-- The user's standing instructions; no row without any.
SELECT instructions.content
  FROM chat.instructions
 WHERE instructions.user_id = :user_id;

-- name: save_instructions
-- Keep the user's standing instructions. They replace those that were kept.
WITH known_user AS (
    INSERT INTO chat.users (id, email, name)
    VALUES (:user_id, :email, :name)
        ON CONFLICT (id) DO UPDATE
       SET last_seen_at = now()
    RETURNING users.id
)
INSERT INTO chat.instructions (user_id, content)
SELECT known_user.id, :instructions
  FROM known_user
    ON CONFLICT (user_id) DO UPDATE
   SET content = EXCLUDED.content, updated_at = now()
RETURNING instructions.user_id;

-- name: delete_instructions
-- The user has no standing instructions any more.
DELETE FROM chat.instructions
 WHERE instructions.user_id = :user_id;
