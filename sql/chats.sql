-- fragment: chat_columns
-- The fields of `lib.store.models.Chat`: `running` while an answer is being written, `is_waiting` while it waits for its
-- owner, `unread` once an answer has ended that its owner has not seen. A share that has ended is none. The chats that wait
-- are few, and looked up once for all rows.
chats.id, chats.title, chats.title_source, chats.agent, chats.pinned_at, chats.archived_at,
       chats.created_at, chats.updated_at,
       CASE WHEN chat.is_shared(chats.visibility, chats.shared_until) THEN 'public' ELSE 'private' END AS visibility,
       CASE WHEN chat.is_shared(chats.visibility, chats.shared_until) THEN chats.shared_at END AS shared_at,
       CASE WHEN chats.shared_until > now() THEN nullif(chats.shared_until, 'infinity') END AS shared_until,
       CASE WHEN chats.shared_until > now() THEN chats.shared_leaf_id END AS snapshot_id,
       EXISTS (SELECT FROM chat.turns WHERE turns.chat_id = chats.id AND turns.status = 'running') AS running,
       chats.id = ANY (ARRAY (SELECT turns.chat_id
                                FROM chat.turns
                               WHERE turns.user_id = :user_id
                                 AND turns.status = 'running'
                                 AND turns.waiting_since IS NOT NULL)) AS is_waiting,
       chats.updated_at > chats.last_read_at AS unread, chats.uses_instructions,
       chats.allowed_tools <> '[]' AS allows_tools

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
-- A chat that the user may read: their own, or a shared one. What only its owner is to see is taken out afterwards
-- (`lib.store.sharing.as_shown`). `is_followed`: the user sees the answer that is being written, if there is one.
SELECT {chat_columns},
       chats.user_id = :user_id
       OR EXISTS (SELECT FROM chat.turns
                   WHERE turns.chat_id = chats.id
                     AND turns.status = 'running'
                     AND chat.is_followed(chats.id, turns.question_id)) AS is_followed,
       chats.user_id = :user_id AS is_owner, coalesce(users.name, users.email) AS owner_name
  FROM chat.chats
  JOIN chat.users ON users.id = chats.user_id
 WHERE chats.id = :chat_id
   AND chats.deleted_at IS NULL
   AND (chats.user_id = :user_id OR chat.is_shared(chats.visibility, chats.shared_until));

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

-- fragment: summary_columns
-- What the table of all chats shows of each: the fields of `lib.store.models.Chat`, how many messages it has on all of
-- its branches, and how often the user found an answer good or bad. Postgres counts for the rows of the page only: what
-- the order does not need is computed after LIMIT. And not beyond 1,000 messages a chat, so that a page of long chats
-- costs no more than that: 1,001 stands for more.
(SELECT count(1)
          FROM (SELECT FROM chat.messages
                 WHERE messages.chat_id = chats.id AND messages.user_id = :user_id
                 ORDER BY messages.seq
                 LIMIT 1001) AS counted) AS messages,
       (SELECT count(1) FROM chat.votes
         WHERE votes.chat_id = chats.id AND votes.user_id = :user_id AND votes.is_upvoted) AS upvotes,
       (SELECT count(1) FROM chat.votes
         WHERE votes.chat_id = chats.id AND votes.user_id = :user_id AND NOT votes.is_upvoted) AS downvotes

-- fragment: chat_filter
-- The driver writes the values into the statement, so the planner drops each condition that is not asked for and sees in
-- the others which of the partial indexes they allow. Chats with a running answer are few: they are found by their turns.
chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (CAST(:archived AS boolean) IS NULL OR (chats.archived_at IS NOT NULL) = :archived)
   AND (NOT :pinned OR chats.pinned_at IS NOT NULL)
   AND (NOT :shared OR chat.is_shared(chats.visibility, chats.shared_until))
   AND (NOT :running
        OR chats.id = ANY (ARRAY (SELECT turns.chat_id FROM chat.turns
                                   WHERE turns.user_id = :user_id AND turns.status = 'running')))
   AND (NOT :waiting
        OR chats.id = ANY (ARRAY (SELECT turns.chat_id
                                    FROM chat.turns
                                   WHERE turns.user_id = :user_id
                                     AND turns.status = 'running'
                                     AND turns.waiting_since IS NOT NULL)))
   AND (CAST(:agent AS text) IS NULL OR chats.agent = :agent)
   AND (CAST(:since AS timestamptz) IS NULL OR chats.updated_at >= :since)
   AND (CAST(:before AS timestamptz) IS NULL OR chats.updated_at < :before)

-- name: list_summaries_by_activity
-- A page of the table of all chats, the last active first or, with :ascending, last: the first page, or the one after a
-- place. See list_chats for the order.
SELECT {chat_columns},
       {summary_columns}
  FROM chat.chats
 WHERE {chat_filter}
   AND (CAST(:after_id AS uuid) IS NULL
        OR CASE WHEN :ascending THEN (chats.updated_at, chats.id) > (CAST(:place AS timestamptz), :after_id)
                ELSE (chats.updated_at, chats.id) < (CAST(:place AS timestamptz), :after_id) END)
 ORDER BY CASE WHEN :ascending THEN chats.updated_at END ASC, CASE WHEN :ascending THEN chats.id END ASC,
          chats.updated_at DESC, chats.id DESC
 LIMIT :limit;

-- name: list_summaries_by_title
-- The same in the order of the titles, from A to Z with :ascending, otherwise from Z to A.
SELECT {chat_columns},
       {summary_columns}
  FROM chat.chats
 WHERE {chat_filter}
   AND (CAST(:after_id AS uuid) IS NULL
        OR CASE WHEN :ascending THEN (chats.title_key, chats.id) > (chat.title_key(:place), :after_id)
                ELSE (chats.title_key, chats.id) < (chat.title_key(:place), :after_id) END)
 ORDER BY CASE WHEN :ascending THEN chats.title_key END ASC, CASE WHEN :ascending THEN chats.id END ASC,
          chats.title_key DESC, chats.id DESC
 LIMIT :limit;

-- name: list_summaries_by_creation
-- The same in the order in which the chats began, the last first or, with :ascending, last.
SELECT {chat_columns},
       {summary_columns}
  FROM chat.chats
 WHERE {chat_filter}
   AND (CAST(:after_id AS uuid) IS NULL
        OR CASE WHEN :ascending THEN (chats.created_at, chats.id) > (CAST(:place AS timestamptz), :after_id)
                ELSE (chats.created_at, chats.id) < (CAST(:place AS timestamptz), :after_id) END)
 ORDER BY CASE WHEN :ascending THEN chats.created_at END ASC, CASE WHEN :ascending THEN chats.id END ASC,
          chats.created_at DESC, chats.id DESC
 LIMIT :limit;

-- name: list_agents
-- The agents of the user's chats that are not archived. From one agent the index leads to the next, past all chats of
-- the first.
WITH RECURSIVE agents AS (
    (SELECT chats.agent
       FROM chat.chats
      WHERE chats.user_id = :user_id
        AND chats.deleted_at IS NULL
        AND chats.archived_at IS NULL
        AND chats.agent IS NOT NULL
      ORDER BY chats.agent
      LIMIT 1)
 UNION ALL
    SELECT (SELECT chats.agent
              FROM chat.chats
             WHERE chats.user_id = :user_id
               AND chats.deleted_at IS NULL
               AND chats.archived_at IS NULL
               AND chats.agent > agents.agent
             ORDER BY chats.agent
             LIMIT 1)
      FROM agents
     WHERE agents.agent IS NOT NULL
)
SELECT agents.agent
  FROM agents
 WHERE agents.agent IS NOT NULL;

-- fragment: locked_chats
-- Those of several chats that are the user's, locked in the order of their ids, so that two statements with some of the
-- same chats never deadlock. The UPDATE checks what else a chat must fulfil, again if it had to wait for the lock.
locked_chats AS MATERIALIZED (
    SELECT chats.id
      FROM chat.chats
     WHERE chats.id = ANY (CAST(string_to_array(:chat_ids, ',') AS uuid[]))
       AND chats.user_id = :user_id
     ORDER BY chats.id
       FOR UPDATE
);

-- name: archive_chats
-- Archive several chats at once, or take them out of the archive. Returns those that were changed.
WITH {locked_chats}
UPDATE chat.chats
   SET archived_at = CASE WHEN :archived THEN now() END
  FROM locked_chats
 WHERE chats.id = locked_chats.id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chats.archived_at IS NOT NULL) <> :archived
RETURNING chats.id;

-- name: set_visibility_of_chats
-- Share several chats at once without limits, or make them private: no time of sharing is set, so that limits end (see the
-- trigger end_limits). Returns those that were changed.
WITH {locked_chats}
UPDATE chat.chats
   SET visibility = :visibility
  FROM locked_chats
 WHERE chats.id = locked_chats.id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (chat.is_shared(chats.visibility, chats.shared_until) IS TRUE) <> (:visibility = 'public')
RETURNING chats.id;

-- fragment: locked_user
-- The user, locked before their chats, as in start_turn and chat.join_users: a row in deleted_chats needs the same lock,
-- and whoever took it only then could wait for a statement that waits for the chat.
locked_user AS MATERIALIZED (
    SELECT users.id
      FROM chat.users
     WHERE users.id = :user_id
       FOR KEY SHARE
);

-- name: delete_chat
-- Delete a chat with its messages, turns and votes. Its id stays in deleted_chats, so that a write that comes late,
-- such as one kept through an outage, cannot bring the chat back.
WITH {locked_user}, deleted_chat AS (
    DELETE FROM chat.chats
     USING locked_user
     WHERE chats.id = :chat_id
       AND chats.user_id = :user_id
       AND chats.user_id = locked_user.id
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
-- from the first. Without a chat that is being purged (see shortened in retention.sql).
SELECT {chat_columns}, chats.deleted_at
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.deleted_at > CAST('epoch' AS timestamptz)
   AND (CAST(:after_at AS timestamptz) IS NULL
        OR (chats.deleted_at, chats.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
 ORDER BY chats.deleted_at DESC, chats.id DESC
 LIMIT :limit;

-- name: trash_chat
-- Move a chat to the trash, where every other statement passes it over. It is private from then on, so that nothing is
-- shared again unnoticed when it is restored (limits end by the trigger end_limits). Trashing it again keeps its time.
UPDATE chat.chats
   SET deleted_at = coalesce(chats.deleted_at, now()),
       visibility = 'private'
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
RETURNING chats.id;

-- name: trash_chats
-- Move several chats to the trash at once. Returns those that were not there yet.
WITH {locked_chats}
UPDATE chat.chats
   SET deleted_at = now(),
       visibility = 'private'
  FROM locked_chats
 WHERE chats.id = locked_chats.id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;

-- name: restore_chats
-- Take several chats out of the trash at once. Returns those that were there.
WITH {locked_chats}
UPDATE chat.chats
   SET deleted_at = NULL
  FROM locked_chats
 WHERE chats.id = locked_chats.id
   AND chats.user_id = :user_id
   AND chats.deleted_at > CAST('epoch' AS timestamptz)
RETURNING chats.id;

-- name: delete_chats
-- Delete several chats for good, in the trash or not. As delete_chat does for one.
WITH {locked_user}, locked_chats AS MATERIALIZED (
    SELECT chats.id
      FROM locked_user
      JOIN chat.chats ON chats.user_id = locked_user.id
     WHERE chats.id = ANY (CAST(string_to_array(:chat_ids, ',') AS uuid[]))
       AND chats.user_id = :user_id
     ORDER BY chats.id
       FOR UPDATE OF chats
), deleted_chats AS (
    DELETE FROM chat.chats
     USING locked_chats
     WHERE chats.id = locked_chats.id
       AND chats.user_id = :user_id
    RETURNING chats.id, chats.user_id
)
INSERT INTO chat.deleted_chats (id, user_id)
SELECT gone.id, gone.user_id
  FROM deleted_chats AS gone
    ON CONFLICT (id) DO NOTHING
RETURNING deleted_chats.id;

-- name: restore_chat
-- Take a chat out of the trash, to the place in the list that it had. Not one that is being purged.
UPDATE chat.chats
   SET deleted_at = NULL
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS DISTINCT FROM CAST('epoch' AS timestamptz)
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

-- name: use_instructions
-- Ask the questions of a chat with the user's standing instructions, or without.
UPDATE chat.chats
   SET uses_instructions = :used
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
RETURNING chats.id;

-- name: set_visibility
-- Set who else may read a chat: nobody or, with `public`, every user of the app, until :until, and only what led to the
-- message :snapshot_id. Where one of the two limits is given, the column `visibility` stays private. `shared_at` is
-- another time after each change, by a microsecond where readers see the same as before. See 0017_sharing.sql for both.
UPDATE chat.chats
   SET visibility = CASE WHEN CAST(:until AS timestamptz) IS NULL AND CAST(:snapshot_id AS uuid) IS NULL
                         THEN :visibility ELSE 'private' END,
       shared_at = CASE WHEN :visibility <> 'public' THEN NULL
                        WHEN chat.is_shared(chats.visibility, chats.shared_until)
                             AND chats.shared_leaf_id IS NOT DISTINCT FROM CAST(:snapshot_id AS uuid)
                        THEN coalesce(chats.shared_at + interval '1 microsecond', now())
                        ELSE clock_timestamp() END,
       shared_until = CASE WHEN CAST(:snapshot_id AS uuid) IS NULL THEN CAST(:until AS timestamptz)
                           ELSE coalesce(CAST(:until AS timestamptz), 'infinity') END,
       shared_leaf_id = CAST(:snapshot_id AS uuid),
       shared_seq = (SELECT messages.seq FROM chat.messages
                      WHERE messages.id = CAST(:snapshot_id AS uuid) AND messages.chat_id = chats.id)
 WHERE chats.id = :chat_id
   AND chats.user_id = :user_id
   AND chats.deleted_at IS NULL
   AND (CAST(:snapshot_id AS uuid) IS NULL
        OR EXISTS (SELECT FROM chat.messages
                    WHERE messages.id = CAST(:snapshot_id AS uuid) AND messages.chat_id = chats.id))
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
