-- fragment: chat_columns
-- A chat as `lib.store.models.Chat` has it; `running` while an answer is being written.
chats.id, chats.title, chats.title_source, chats.visibility, chats.agent, chats.pinned_at, chats.archived_at,
       chats.created_at, chats.updated_at,
       EXISTS (SELECT FROM chat.turns WHERE turns.chat_id = chats.id AND turns.status = 'running') AS running,
       chats.updated_at > chats.last_read_at AS unread

-- fragment: as_of
-- The user's last move that a statement sees, or a time from which on nothing can be under way that it does not see.
(SELECT GREATEST(users.moved_at, now() - interval '1 minute')
          FROM chat.users WHERE users.id = :user_id) AS as_of

-- fragment: moved
-- The user's chats that have moved since a walk began, each where it stood before the first of these moves.
moved AS MATERIALIZED (
    SELECT DISTINCT ON (moves.chat_id) moves.chat_id, moves.place
      FROM chat.moves
     WHERE moves.user_id = :user_id
       AND moves.moved_at > :as_of
     ORDER BY moves.chat_id, moves.moved_at
)

-- name: list_chats
-- A user's chats, the last active first, after the :cursor if one is given: the archived ones or the others.
SELECT {chat_columns}, {as_of},
       chats.updated_at AS place
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.archived_at IS NOT NULL) = :archived
   AND (CAST(:cursor AS uuid) IS NULL
        OR (chats.updated_at, chats.id) < (SELECT place.updated_at, place.id
                                             FROM chat.chats AS place
                                            WHERE place.id = CAST(:cursor AS uuid)
                                              AND place.user_id = :user_id
                                              AND place.deleted_at IS NULL))
 ORDER BY chats.updated_at DESC, chats.id DESC
 LIMIT :limit;

-- name: list_chats_newer
-- The page before the :cursor, nearest first; the caller reverses it.
SELECT {chat_columns}, {as_of},
       chats.updated_at AS place
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.archived_at IS NOT NULL) = :archived
   AND (chats.updated_at, chats.id) > (SELECT place.updated_at, place.id
                                            FROM chat.chats AS place
                                           WHERE place.id = :cursor
                                             AND place.user_id = :user_id
                                             AND place.deleted_at IS NULL)
 ORDER BY chats.updated_at ASC, chats.id ASC
 LIMIT :limit;

-- name: list_chats_as_of
-- A user's chats from a place on, in the order of :as_of, when the first page of the walk was read. Chats that began
-- later are left out.
WITH {moved}, unmoved AS (
    SELECT chats.id, chats.updated_at AS place
      FROM chat.chats
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
       AND (chats.archived_at IS NOT NULL) = :archived
       AND (chats.updated_at, chats.id) < (:place, :after_id)
       AND chats.id <> ALL (ARRAY (SELECT moved.chat_id FROM moved))
     ORDER BY chats.updated_at DESC, chats.id DESC
     LIMIT :limit
), standing AS (
    SELECT unmoved.id, unmoved.place
      FROM unmoved
 UNION ALL
    SELECT moved.chat_id, moved.place
      FROM moved
     WHERE (moved.place, moved.chat_id) < (:place, :after_id)
)
SELECT {chat_columns},
       CAST(:as_of AS timestamptz) AS as_of, standing.place
  FROM standing
  JOIN chat.chats ON chats.id = standing.id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.archived_at IS NOT NULL) = :archived
 ORDER BY standing.place DESC, standing.id DESC
 LIMIT :limit;

-- name: list_chats_newer_as_of
-- The same towards the newest, nearest first; the caller reverses it.
WITH {moved}, unmoved AS (
    SELECT chats.id, chats.updated_at AS place
      FROM chat.chats
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
       AND (chats.archived_at IS NOT NULL) = :archived
       AND (chats.updated_at, chats.id) > (:place, :after_id)
       AND chats.id <> ALL (ARRAY (SELECT moved.chat_id FROM moved))
     ORDER BY chats.updated_at ASC, chats.id ASC
     LIMIT :limit
), standing AS (
    SELECT unmoved.id, unmoved.place
      FROM unmoved
 UNION ALL
    SELECT moved.chat_id, moved.place
      FROM moved
     WHERE (moved.place, moved.chat_id) > (:place, :after_id)
)
SELECT {chat_columns},
       CAST(:as_of AS timestamptz) AS as_of, standing.place
  FROM standing
  JOIN chat.chats ON chats.id = standing.id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.archived_at IS NOT NULL) = :archived
 ORDER BY standing.place ASC, standing.id ASC
 LIMIT :limit;

-- name: get_chat
-- One chat of the user; no row if there is none or it is not theirs.
SELECT {chat_columns}
  FROM chat.chats
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL;

-- name: list_pinned
-- The chats that the user has pinned, the last pinned first.
SELECT {chat_columns}
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND chats.pinned_at IS NOT NULL
   AND chats.archived_at IS NULL
 ORDER BY chats.pinned_at DESC, chats.id DESC
 LIMIT :limit;

-- name: delete_chat
-- Messages and turns go with it. Its id stays in deleted_chats, so that no late write brings the chat back.
WITH gone AS (
    DELETE FROM chat.chats
     WHERE chats.id = :chat_id
       AND chats.user_id = :user_id
    RETURNING chats.id, chats.user_id
)
INSERT INTO chat.deleted_chats (id, user_id)
SELECT gone.id, gone.user_id
  FROM gone
    ON CONFLICT (id) DO NOTHING
RETURNING deleted_chats.id;

-- name: was_deleted
-- A row if the id was that of a chat of the user.
SELECT deleted_chats.id
  FROM chat.deleted_chats
 WHERE deleted_chats.id = :chat_id
   AND deleted_chats.user_id = :user_id;

-- name: set_generated_title
-- A title that the user or an earlier model call gave is never overwritten.
UPDATE chat.chats
   SET title = :title,
       title_source = 'model'
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.title_source = 'question'
RETURNING chats.id;

-- name: mark_read
-- The user has seen what the chat holds now.
UPDATE chat.chats
   SET last_read_at = now()
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.updated_at > chats.last_read_at
RETURNING chats.id;

-- name: rename_chat
-- From then on no model changes the title.
UPDATE chat.chats
   SET title = :title,
       title_source = 'user'
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;

-- name: pin_chat
-- Pinning again keeps its place among the pinned.
UPDATE chat.chats
   SET pinned_at = CASE WHEN :pinned THEN coalesce(chats.pinned_at, now()) END
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;

-- name: archive_chat
-- Archive a chat, or take it out of the archive.
UPDATE chat.chats
   SET archived_at = CASE WHEN :archived THEN coalesce(chats.archived_at, now()) END
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;

-- name: set_visibility
-- Who else may read a chat.
UPDATE chat.chats
   SET visibility = :visibility
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;
