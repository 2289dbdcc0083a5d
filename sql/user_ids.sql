-- name: resolve_user_id
-- The id that owns a person's rows, and other ids under which there are rows of theirs (chat.meet in
-- sql/migrations/0010_people.sql).
SELECT identity.user_id, identity.others
  FROM chat.meet(CAST(:platform_id AS text), CAST(:address AS text)) AS identity;

-- name: join_users
-- Give the rows of each old id to the new id at the same position. False if some were left because an answer is being
-- written for their id.
SELECT chat.join_users(CAST(:old_ids AS text[]), CAST(:new_ids AS text[])) AS joined;

-- name: find_user_id
-- The id that owns the rows of somebody who has been here: who signs in with this id of the platform, or was last seen
-- with this folded address. Nothing is written.
SELECT identities.user_id
  FROM chat.identities
 WHERE identities.platform_id = CAST(:platform_id AS text)
    OR identities.address = CAST(:address AS text)
 ORDER BY identities.updated_at DESC
 LIMIT 1;
