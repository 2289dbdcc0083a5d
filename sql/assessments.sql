-- The outbox of assessments for MLflow and for Genie (`receiver`). These statements run in the scope `process`: they see the assessments of all users,
-- and nothing else of anybody.

-- name: claim_assessment
-- The assessment for :receivers that has been due the longest, for this process alone during :lease_seconds. Other processes pass over it
-- without waiting. `may_exist`: it was asked for before, and whether MLflow has it is not known. From here on that is so
-- for every assessment without an id, until settle_assessment or hears otherwise.
WITH due AS (
    SELECT assessments.id, assessments.asked_at IS NOT NULL AS may_exist
      FROM chat.assessments
     WHERE assessments.free_at <= now()
       AND assessments.receiver = ANY (string_to_array(:receivers, ','))
     ORDER BY assessments.free_at
     LIMIT 1
       FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE chat.assessments
   SET claimed_until = now() + make_interval(secs => :lease_seconds), attempts = assessments.attempts + 1,
       asked_at = CASE WHEN assessments.assessment_id IS NULL AND assessments.is_upvoted IS NOT NULL THEN now()
                       ELSE assessments.asked_at END
  FROM due
 WHERE assessments.id = due.id
RETURNING assessments.id, assessments.message_id, assessments.chat_id, assessments.trace_id, assessments.source_id,
          assessments.agent, assessments.is_upvoted, assessments.comment, assessments.tags, assessments.version,
          assessments.assessment_id, assessments.attempts, assessments.claimed_until, due.may_exist;

-- name: next_assessment
-- In how many seconds the next assessment for :receivers is due and free; no row if none waits.
SELECT extract(epoch FROM assessments.free_at - now()) AS seconds
  FROM chat.assessments
 WHERE assessments.free_at IS NOT NULL
   AND assessments.receiver = ANY (string_to_array(:receivers, ','))
 ORDER BY assessments.free_at
 LIMIT 1;

-- name: settle_assessment
-- Note what came of an attempt, unless another process has claimed the assessment since. It is due again in
-- :again_seconds; NULL: never. A vote that was changed meanwhile stays due, and its new attempts begin afresh: at once, or
-- in :quiet_seconds if MLflow may still be carrying out the request whose reply was lost.
UPDATE chat.assessments
   SET assessment_id = :assessment_id, claimed_until = NULL,
       asked_at = CASE WHEN CAST(:may_exist AS boolean) THEN assessments.asked_at END,
       due_at = CASE WHEN assessments.version = :version
                     THEN now() + make_interval(secs => CAST(:again_seconds AS double precision))
                     ELSE GREATEST(assessments.due_at, CASE WHEN CAST(:may_exist AS boolean)
                                                            THEN now() + make_interval(secs => :quiet_seconds) END) END,
       problem = CASE WHEN assessments.version = :version THEN :problem END
 WHERE assessments.id = :id
   AND assessments.claimed_until = :claimed_until
RETURNING assessments.id;

-- name: delete_assessment
-- Forget the assessment of a deleted vote, now that MLflow does not have it.
DELETE FROM chat.assessments
 WHERE assessments.id = :id
   AND assessments.is_upvoted IS NULL;

-- name: count_assessments
-- How many for :receivers wait to be sent, and how many were given up, by problem; NULL: the first attempt is still to come.
SELECT assessments.problem, count(1) FILTER (WHERE assessments.due_at IS NOT NULL) AS waiting,
       count(1) FILTER (WHERE assessments.due_at IS NULL) AS given_up
  FROM chat.assessments
 WHERE (assessments.due_at IS NOT NULL OR assessments.problem IS NOT NULL)
   AND assessments.receiver = ANY (string_to_array(:receivers, ','))
 GROUP BY assessments.problem;

-- name: retry_assessments
-- Make due what was given up, at most :limit of it. Repeat it until no row comes.
UPDATE chat.assessments
   SET due_at = now(), attempts = 0
 WHERE assessments.id IN (SELECT given_up.id
                            FROM chat.assessments AS given_up
                           WHERE given_up.due_at IS NULL
                             AND given_up.problem IS NOT NULL
                           LIMIT :limit
                             FOR NO KEY UPDATE SKIP LOCKED)
RETURNING assessments.id;
