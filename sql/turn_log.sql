-- name: write_log
-- Store what the agents have sent for several turns of this process, in one statement. A turn that another process has
-- claimed meanwhile is left out. A write whose reply was lost is repeated with what came since, under the same first
-- number: of the two the longer one is kept, in whichever order they arrive.
INSERT INTO chat.turn_log (turn_id, first_seq, chunks, first_event_ms)
SELECT log_row.turn_id, log_row.first_seq, log_row.chunks, log_row.first_event_ms
  FROM unnest(CAST(:turn_ids AS uuid[]), CAST(:first_seqs AS integer[]), CAST(:chunks AS text[]),
              CAST(:first_event_ms AS integer[]))
       AS log_row (turn_id, first_seq, chunks, first_event_ms)
  JOIN chat.turns ON turns.id = log_row.turn_id
 WHERE turns.owner = :owner
   AND turns.status = 'running'
    ON CONFLICT (turn_id, first_seq) DO UPDATE
   SET chunks = EXCLUDED.chunks, first_event_ms = EXCLUDED.first_event_ms
 WHERE length(EXCLUDED.chunks) > length(turn_log.chunks);

-- name: read_log
-- The status of a turn of the user's own, or of one whose answer is shown in a shared chat, with the rows of its log that begin after a number; one row
-- without chunks when there is nothing new. The owner's own also in the trash: whoever ends the turn of a dead process
-- reads here what had been said.
SELECT turns.status, turns.waiting_since IS NOT NULL AS is_waiting, turn_log.first_seq, turn_log.chunks
  FROM chat.turns
  JOIN chat.chats ON chats.id = turns.chat_id
  LEFT JOIN chat.turn_log
    ON turn_log.turn_id = turns.id
   AND turn_log.first_seq > :after
 WHERE turns.id = :turn_id
   AND (chats.user_id = :user_id
        OR chat.is_followed(chats.id, turns.question_id)
        OR chat.is_shown(chats.id, turns.id))
 ORDER BY turn_log.first_seq;

-- name: purge_log
-- Delete the log of turns that ended a while ago. Until then a reader in another process may not have read it all.
DELETE FROM chat.turn_log
 USING chat.turns
 WHERE turns.id = turn_log.turn_id
   AND turns.status <> 'running'
   AND turns.ended_at < now() - make_interval(secs => :ended_seconds);

-- name: record_heartbeat
-- Record that this process lives and works on these turns. A turn that another process has claimed is left out, and so is
-- one that waits for its user by now (see park_turn).
UPDATE chat.turns
   SET heartbeat_at = now()
 WHERE turns.id = ANY (CAST(:turn_ids AS uuid[]))
   AND turns.owner = :owner
   AND turns.status = 'running'
   AND turns.waiting_since IS NULL;

-- name: release_turn
-- Let another process claim a turn of this one at once, as if it had died. No row when it is to be stopped, or is not
-- ours any more. Without an owner, no beat that is on its way makes it live again.
UPDATE chat.turns
   SET owner = '', heartbeat_at = now() - make_interval(secs => :silent_seconds) - interval '1 second'
 WHERE turns.id = :turn_id
   AND turns.owner = :owner
   AND turns.status = 'running'
   AND turns.waiting_since IS NULL
   AND turns.stop_requested_at IS NULL
RETURNING turns.id;

-- name: list_stop_requests
-- The turns of this process that are to be stopped. The request may come from any process.
SELECT turns.id
  FROM chat.turns
 WHERE turns.owner = :owner
   AND turns.status = 'running'
   AND turns.stop_requested_at IS NOT NULL;

-- name: claim_dead_turns
-- Take over the turns whose process has recorded no heartbeat for too long. When several processes look at once each
-- turn goes to one of them: a row that another has locked is skipped, and after its commit the heartbeat is new. The
-- former owner, if it lives after all, can no longer write to the turn's log, but may still end the turn (finish_turn).
-- A turn that waits for its user has no process, so it is not dead.
WITH dead AS (
    SELECT turns.id, turns.heartbeat_at AS silent_since
      FROM chat.turns
     WHERE turns.status = 'running'
       AND turns.waiting_since IS NULL
       AND turns.heartbeat_at < now() - make_interval(secs => :silent_seconds)
       FOR UPDATE SKIP LOCKED
)
UPDATE chat.turns
   SET owner = :owner, heartbeat_at = now()
  FROM dead
 WHERE turns.id = dead.id
RETURNING turns.id, turns.chat_id, turns.user_id, turns.question_id, turns.agent, turns.asked_as, dead.silent_since;
