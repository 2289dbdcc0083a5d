-- name: resolve_user_id
-- Whose rows a visitor's are, and the other ids under which there are rows of theirs.
SELECT met.user_id, met.others
  FROM chat.meet(CAST(:platform_id AS text), CAST(:address AS text)) AS met;

-- name: join_users
-- Give the rows of each old id to the new one beside it. False while an answer is being written for one of the old.
SELECT chat.join_users(CAST(:old_ids AS text[]), CAST(:new_ids AS text[])) AS joined;
