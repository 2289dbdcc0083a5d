-- fragment: deleted
-- Deletes the chats of `candidate` in their order: as many as have :max_messages messages together, and the first one
-- in any case. So a statement takes about the same time whether chats are short or long. Chats with more messages than
-- that are passed over unless :with_long. `candidate` has locked them. Their ids stay in deleted_chats, for the reason
-- given at delete_chat.
batch AS MATERIALIZED (
    SELECT counted.id, counted.user_id, counted.messages
      FROM (SELECT candidate.id, candidate.user_id, said.messages,
                   sum(said.messages) OVER (ORDER BY candidate.place, candidate.id) - said.messages AS before
              FROM candidate
             CROSS JOIN LATERAL (SELECT count(1) AS messages
                                   FROM chat.messages
                                  WHERE messages.chat_id = candidate.id) AS said
             WHERE CAST(:with_long AS boolean) OR said.messages <= :max_messages) AS counted
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
  FROM deleted

-- fragment: turn_of_one
-- Only one process at a time has a row here: the lock ends with the statement.
turn_of_one AS MATERIALIZED (
    SELECT 1 AS has_turn
     WHERE pg_try_advisory_xact_lock(5136007201126043)
)

-- name: delete_some_chats
-- Delete some of a user's chats, in the trash or not; no row when none is left. By their ids, so that two that delete
-- at the same time take the locks in the same order; and the user first, for the reason given at locked_user in
-- chats.sql.
WITH locked_user AS MATERIALIZED (
    SELECT users.id
      FROM chat.users
     WHERE users.id = :user_id
       FOR KEY SHARE
), candidate AS MATERIALIZED (
    SELECT chats.id, chats.user_id, chats.id AS place
      FROM locked_user
      JOIN chat.chats ON chats.user_id = locked_user.id
     WHERE chats.user_id = :user_id
     ORDER BY chats.id
     LIMIT :limit
       FOR UPDATE OF chats
), {deleted};

-- fragment: expired
-- Chats of everybody that have been in the trash for :days. A chat that somebody restores or deletes at this moment is
-- passed over, and so are the chats of a user whose ids are being joined: the row in deleted_chats would wait for that,
-- and that for the chat.
candidate AS MATERIALIZED (
    SELECT chats.id, chats.user_id, chats.deleted_at AS place
      FROM turn_of_one
     CROSS JOIN chat.chats
      JOIN chat.users ON users.id = chats.user_id
     WHERE chats.deleted_at < now() - make_interval(days => :days)
     ORDER BY chats.deleted_at, chats.id
     LIMIT :limit
       FOR UPDATE OF chats SKIP LOCKED
       FOR KEY SHARE OF users SKIP LOCKED
)

-- fragment: inactive
-- The same of chats, the archived ones or the others, in which nothing was said for :days. Pinned chats stay, and so
-- does a chat with a running answer. See list_chats for :archived.
candidate AS MATERIALIZED (
    SELECT chats.id, chats.user_id, chats.updated_at AS place
      FROM turn_of_one
     CROSS JOIN chat.chats
      JOIN chat.users ON users.id = chats.user_id
     WHERE chats.deleted_at IS NULL
       AND chats.pinned_at IS NULL
       AND (chats.archived_at IS NOT NULL) = :archived
       AND chats.updated_at < now() - make_interval(days => :days)
       AND NOT EXISTS (SELECT FROM chat.turns
                        WHERE turns.chat_id = chats.id
                          AND turns.status = 'running'
                          AND turns.waiting_since IS NULL)
     ORDER BY chats.updated_at, chats.id
     LIMIT :limit
       FOR UPDATE OF chats SKIP LOCKED
       FOR KEY SHARE OF users SKIP LOCKED
)

-- fragment: shortened
-- Deletes the newest :max_messages messages of the first chat of `candidate` that has more: its deletion in one
-- statement might take longer than a statement may, and would then hold up the purge for ever. From the first batch on
-- the chat has been in the trash since 1970, from where nobody can restore it.
too_long AS MATERIALIZED (
    SELECT candidate.id
      FROM candidate
     WHERE EXISTS (SELECT FROM chat.messages WHERE messages.chat_id = candidate.id OFFSET :max_messages)
     ORDER BY candidate.place, candidate.id
     LIMIT 1
), sealed AS (
    UPDATE chat.chats
       SET deleted_at = CAST('epoch' AS timestamptz),
           visibility = 'private',
           leaf_id = NULL
      FROM too_long
     WHERE chats.id = too_long.id
), newest AS MATERIALIZED (
    SELECT messages.id
      FROM too_long
      JOIN chat.messages ON messages.chat_id = too_long.id
     ORDER BY messages.seq DESC
     LIMIT :max_messages
), shortened AS (
    DELETE FROM chat.messages
     USING newest
     WHERE messages.id = newest.id
    RETURNING messages.id
)
SELECT count(1) AS messages
  FROM shortened

-- name: purge_trash
-- Delete some of these chats; no row when none is left, or while another process purges.
WITH {turn_of_one}, {expired}, {deleted};

-- name: purge_inactive
-- The same of inactive chats.
WITH {turn_of_one}, {inactive}, {deleted};

-- name: shorten_trash
-- Prepare the deletion of a long one of the chats that purge_trash deletes. How many messages were deleted.
WITH {turn_of_one}, {expired}, {shortened};

-- name: shorten_inactive
-- The same of inactive chats.
WITH {turn_of_one}, {inactive}, {shortened};

-- name: archive_inactive
-- Archive some of everybody's chats in which nothing was said for :days. Pinned chats stay, and chats that are locked
-- are passed over.
WITH {turn_of_one}, candidate AS MATERIALIZED (
    SELECT chats.id
      FROM turn_of_one
     CROSS JOIN chat.chats
     WHERE chats.deleted_at IS NULL
       AND chats.pinned_at IS NULL
       AND chats.archived_at IS NULL
       AND chats.updated_at < now() - make_interval(days => :days)
     ORDER BY chats.updated_at, chats.id
     LIMIT :limit
       FOR UPDATE OF chats SKIP LOCKED
)
UPDATE chat.chats
   SET archived_at = now()
  FROM candidate
 WHERE chats.id = candidate.id
RETURNING chats.id;

-- name: list_running_chats
-- The user's chats in which an answer is being written, in the trash or not.
SELECT turns.chat_id
  FROM chat.turns
 WHERE turns.user_id = :user_id
   AND turns.status = 'running';

-- name: forget_user
-- Delete what is left of a user whose chats are gone: their votes on other users' answers, who they are, and, with the
-- row in users, the ids of deleted chats and the moves; and what was counted of them alone. How many votes there were.
WITH deleted_votes AS (
    DELETE FROM chat.votes
     WHERE votes.user_id = :user_id
    RETURNING votes.message_id
), deleted_identities AS (
    DELETE FROM chat.identities
     WHERE identities.user_id = :user_id
), deleted_counts AS (
    DELETE FROM chat.daily_counts
     WHERE daily_counts.user_id = :user_id
), deleted_user AS (
    DELETE FROM chat.users
     WHERE users.id = :user_id
)
SELECT count(1) AS votes
  FROM deleted_votes;

-- name: purge_files
-- Delete some of everybody's files for good whose question was not asked within :hours; no row when none is left, or
-- while another process purges. A file that somebody attaches at this moment is passed over.
WITH {turn_of_one}, candidate AS MATERIALIZED (
    SELECT files.id
      FROM turn_of_one
     CROSS JOIN chat.files
     WHERE files.chat_id IS NULL
       AND files.created_at < now() - make_interval(hours => :hours)
     ORDER BY files.created_at
     LIMIT :limit
       FOR UPDATE OF files SKIP LOCKED
)
DELETE FROM chat.files
 USING candidate
 WHERE files.id = candidate.id
RETURNING files.id;

-- name: take_removals
-- Some objects of the Volume that are due to be removed; no row when none is, or while another process takes some. Whoever
-- takes them has ten minutes before they are due again, up to twenty, at random: otherwise those that can never be removed
-- might always come first, before the same others. `is_used`: a file names it, and so it stays.
WITH {turn_of_one}, candidate AS MATERIALIZED (
    SELECT volume_removals.id
      FROM turn_of_one
     CROSS JOIN chat.volume_removals
     WHERE volume_removals.due_at < now()
     ORDER BY volume_removals.due_at
     LIMIT :limit
       FOR UPDATE OF volume_removals SKIP LOCKED
)
UPDATE chat.volume_removals
   SET due_at = now() + make_interval(secs => 600 / (0.5 + random() / 2))
  FROM candidate
 WHERE volume_removals.id = candidate.id
RETURNING volume_removals.id, volume_removals.volume_path,
          EXISTS (SELECT FROM chat.files WHERE files.volume_path = volume_removals.volume_path) AS is_used;

-- name: end_removals
-- What was taken is done.
DELETE FROM chat.volume_removals
 WHERE volume_removals.id = ANY (CAST(string_to_array(:removal_ids, ',') AS bigint[]))
RETURNING volume_removals.id;
