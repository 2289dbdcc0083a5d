-- fragment: chat_columns
-- The fields of `lib.store.models.Chat`: `running` while an answer is being written, `unread` once an answer has ended
-- that its owner has not seen.
chats.id, chats.title, chats.title_source, chats.visibility, chats.agent, chats.pinned_at, chats.archived_at,
       chats.created_at, chats.updated_at,
       EXISTS (SELECT FROM chat.turns WHERE turns.chat_id = chats.id AND turns.status = 'running') AS running,
       chats.updated_at > chats.last_read_at AS unread

-- fragment: cursor_place
-- Where the chat :cursor stands now.
(SELECT place.updated_at, place.id
                   FROM chat.chats AS place
                  WHERE place.id = CAST(:cursor AS uuid)
                    AND place.user_id = :user_id
                    AND place.deleted_at IS NULL)

-- name: list_chats
-- A page of a user's chats, the archived ones or the others: the first page, the one after the chat :cursor, last
-- active first, or with :newer the one before it, nearest first. The driver writes the value of :newer into the
-- statement, so that the planner drops the other direction and reads either from the index, without a sort.
-- `as_of` is the time for a cursor. The statement must see all of the user's moves up to it and none after it. That is
-- true of the last move that it sees, because the moves of a user wait for each other (sql/migrations/0009_moves.sql),
-- and also of the time a minute ago, because no write runs for so long. Without that second time, a user who has asked
-- nothing for a day would get cursors that are too old at once.
SELECT {chat_columns},
       (SELECT GREATEST(users.moved_at, now() - interval '1 minute')
          FROM chat.users WHERE users.id = :user_id) AS as_of,
       chats.updated_at AS place
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.archived_at IS NOT NULL) = :archived
   AND (CAST(:cursor AS uuid) IS NULL
        OR CASE WHEN :newer THEN (chats.updated_at, chats.id) > {cursor_place}
                ELSE (chats.updated_at, chats.id) < {cursor_place} END)
 ORDER BY CASE WHEN :newer THEN chats.updated_at END ASC, CASE WHEN :newer THEN chats.id END ASC,
          chats.updated_at DESC, chats.id DESC
 LIMIT :limit;

-- name: list_chats_as_of
-- The page after a place or, with :newer, the page before it, in the order that the list had at :as_of, when the first
-- page was read; nearest first. See list_chats for :newer. Chats that have not moved since are read from the index at
-- their present places, those that have moved come from chat.moves with their places before the first of these moves,
-- and the page is the first :limit of both. A chat that began after :as_of has a later place, and is not reached by a
-- walk to older ones, unless its question had waited to be stored and brings an older time.
WITH moved AS MATERIALIZED (
    SELECT DISTINCT ON (moves.chat_id) moves.chat_id, moves.place
      FROM chat.moves
     WHERE moves.user_id = :user_id
       AND moves.moved_at > :as_of
     ORDER BY moves.chat_id, moves.moved_at
), unmoved AS (
    SELECT chats.id, chats.updated_at AS place
      FROM chat.chats
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
       AND (chats.archived_at IS NOT NULL) = :archived
       AND CASE WHEN :newer THEN (chats.updated_at, chats.id) > (:place, :after_id)
                ELSE (chats.updated_at, chats.id) < (:place, :after_id) END
       AND chats.id <> ALL (ARRAY (SELECT moved.chat_id FROM moved))
     ORDER BY CASE WHEN :newer THEN chats.updated_at END ASC, CASE WHEN :newer THEN chats.id END ASC,
              chats.updated_at DESC, chats.id DESC
     LIMIT :limit
), chat_places AS (
    SELECT unmoved.id, unmoved.place
      FROM unmoved
 UNION ALL
    SELECT moved.chat_id, moved.place
      FROM moved
     WHERE CASE WHEN :newer THEN (moved.place, moved.chat_id) > (:place, :after_id)
                ELSE (moved.place, moved.chat_id) < (:place, :after_id) END
)
SELECT {chat_columns},
       CAST(:as_of AS timestamptz) AS as_of, chat_places.place
  FROM chat_places
  JOIN chat.chats ON chats.id = chat_places.id
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.archived_at IS NOT NULL) = :archived
 ORDER BY CASE WHEN :newer THEN chat_places.place END ASC, CASE WHEN :newer THEN chat_places.id END ASC,
          chat_places.place DESC, chat_places.id DESC
 LIMIT :limit;

-- name: get_chat
-- One of the user's own chats.
SELECT {chat_columns}
  FROM chat.chats
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL;

-- name: find_chat
-- A chat that the user may read: their own, or a public one. What only its owner is to see is taken out afterwards
-- (`lib.store.models.as_shown`).
SELECT {chat_columns},
       chats.user_id = :user_id AS is_owner, coalesce(users.name, users.email) AS owner_name
  FROM chat.chats
  JOIN chat.users ON users.id = chats.user_id
 WHERE chats.id = :chat_id
   AND chats.deleted_at IS NULL
   AND (chats.user_id = :user_id OR chats.visibility = 'public');

-- name: list_pinned
-- The chats that the user has pinned, the last pinned first, without archived ones.
SELECT {chat_columns}
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND chats.pinned_at IS NOT NULL
   AND chats.archived_at IS NULL
 ORDER BY chats.pinned_at DESC, chats.id DESC
 LIMIT :limit;

-- name: delete_chat
-- Delete a chat with its messages, turns and votes. Its id stays in deleted_chats, so that a write that comes late,
-- such as one kept through an outage, cannot bring the chat back.
WITH deleted_chat AS (
    DELETE FROM chat.chats
     WHERE chats.id = :chat_id
       AND chats.user_id = :user_id
    RETURNING chats.id, chats.user_id
)
INSERT INTO chat.deleted_chats (id, user_id)
SELECT deleted_chat.id, deleted_chat.user_id
  FROM deleted_chat
    ON CONFLICT (id) DO NOTHING
RETURNING deleted_chats.id;

-- name: was_deleted
-- A row if the id is that of a chat of the user that was deleted, or is in the trash.
SELECT deleted_chats.id
  FROM chat.deleted_chats
 WHERE deleted_chats.id = :chat_id
   AND deleted_chats.user_id = :user_id
 UNION ALL
SELECT chats.id
  FROM chat.chats
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NOT NULL;

-- name: list_trashed
-- A page of a user's trash, last trashed first, from behind the chat :after_id that was trashed at :after_at; NULL:
-- from the first.
SELECT {chat_columns}, chats.deleted_at
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at IS NOT NULL
   AND (CAST(:after_at AS timestamptz) IS NULL
        OR (chats.deleted_at, chats.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
 ORDER BY chats.deleted_at DESC, chats.id DESC
 LIMIT :limit;

-- name: trash_chat
-- Move a chat to the trash, where every other statement passes it over. It is private from then on, so that nothing is
-- shared again unnoticed when it is restored. Trashing it again keeps its time.
UPDATE chat.chats
   SET deleted_at = coalesce(chats.deleted_at, now()),
       visibility = 'private'
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
RETURNING chats.id;

-- name: restore_chat
-- Take a chat out of the trash, to the place in the list that it had.
UPDATE chat.chats
   SET deleted_at = NULL
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
RETURNING chats.id;

-- name: set_generated_title
-- Set the title that a model made, unless the user or an earlier call of a model has given one. Also in the trash: the
-- chat may be restored.
UPDATE chat.chats
   SET title = :title,
       title_source = 'model'
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.title_source = 'question'
RETURNING chats.id;

-- name: mark_read
-- Record that the user has seen what the chat holds now.
UPDATE chat.chats
   SET last_read_at = now()
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.updated_at > chats.last_read_at
RETURNING chats.id;

-- name: rename_chat
-- Set the title that the user wants. A model never changes it again.
UPDATE chat.chats
   SET title = :title,
       title_source = 'user'
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;

-- name: pin_chat
-- Pin or unpin a chat. Pinning it again keeps its place among the pinned.
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
-- Set who else may read a chat: nobody or, with `public`, every user of the app.
UPDATE chat.chats
   SET visibility = :visibility
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;

-- name: open_branch
-- The branch through a message, or through the answer that is being written, down to the newest message below it: that one
-- is kept, because all below the leaf is read whenever the chat is opened. Not an activity of the chat.
UPDATE chat.chats
   SET leaf_id = chat.open_leaf(chats.id, place.id)
  FROM (SELECT messages.id, messages.chat_id
          FROM chat.messages
         WHERE messages.id = :message_id
           AND messages.user_id = :user_id
     UNION ALL
        SELECT turns.question_id, turns.chat_id
          FROM chat.turns
         WHERE turns.id = :message_id
           AND turns.user_id = :user_id
           AND turns.status = 'running') AS place
 WHERE chats.id = :chat_id
   AND chats.id = place.chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;
