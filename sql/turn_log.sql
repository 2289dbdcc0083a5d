-- name: write_log
-- What came of several turns of this process, in one statement. A turn that is no longer its own is passed over.
-- A write whose reply was lost is written again with what came since: the longer one stands.
INSERT INTO chat.turn_log (turn_id, first_seq, chunks)
SELECT said.turn_id, said.first_seq, said.chunks
  FROM unnest(CAST(:turn_ids AS uuid[]), CAST(:first_seqs AS integer[]), CAST(:chunks AS text[]))
       AS said (turn_id, first_seq, chunks)
  JOIN chat.turns ON turns.id = said.turn_id
 WHERE turns.owner = :owner
   AND turns.status = 'running'
    ON CONFLICT (turn_id, first_seq) DO UPDATE
   SET chunks = EXCLUDED.chunks
 WHERE length(EXCLUDED.chunks) > length(turn_log.chunks);

-- name: read_log
-- How a turn in a chat that the user may read stands, with what was said after a number; one row without chunks when
-- there is nothing new.
SELECT turns.status, turn_log.first_seq, turn_log.chunks
  FROM chat.turns
  JOIN chat.chats ON chats.id = turns.chat_id
  LEFT JOIN chat.turn_log
    ON turn_log.turn_id = turns.id
   AND turn_log.first_seq > :after
 WHERE turns.id = :turn_id
   AND (chats.user_id = :user_id OR chats.visibility = 'public')
   AND chats.deleted_at IS NULL
 ORDER BY turn_log.first_seq;

-- name: purge_log
-- The log of turns that ended a while ago: until then a reader elsewhere may still be a step behind.
DELETE FROM chat.turn_log
 USING chat.turns
 WHERE turns.id = turn_log.turn_id
   AND turns.status <> 'running'
   AND turns.ended_at < now() - make_interval(secs => :ended_seconds);

-- name: record_heartbeat
-- Say that this process still lives and works on these turns.
UPDATE chat.turns
   SET heartbeat_at = now()
 WHERE turns.id = ANY (CAST(:turn_ids AS uuid[]))
   AND turns.owner = :owner
   AND turns.status = 'running';

-- name: list_stop_requests
-- The turns of this process that somebody, anywhere, wants stopped.
SELECT turns.id
  FROM chat.turns
 WHERE turns.owner = :owner
   AND turns.status = 'running'
   AND turns.stop_requested_at IS NOT NULL;

-- name: claim_dead_turns
-- Turns whose process has been silent for too long, each handed to one process only.
WITH dead AS (
    SELECT turns.id, turns.heartbeat_at AS silent_since
      FROM chat.turns
     WHERE turns.status = 'running'
       AND turns.heartbeat_at < now() - make_interval(secs => :silent_seconds)
       FOR UPDATE SKIP LOCKED
)
UPDATE chat.turns
   SET owner = :owner, heartbeat_at = now()
  FROM dead
 WHERE turns.id = dead.id
RETURNING turns.id, turns.chat_id, turns.user_id, turns.question_id, turns.asked_as, dead.silent_since;
