-- name: count_day
-- Keep the counts of one ended day, in place of those that were kept of it before; no row when no day is due, or while
-- another process counts. Newest days come first, because they are asked for most. A day is counted once more when it is two
-- days old, for what came late: an answer that had to wait for the database, a changed vote. Nothing is counted before the
-- first question, and nothing is kept for longer than the page goes back.
-- The new counts wait for the old ones to be gone: CTEs have no order of their own.
WITH turn_of_one AS MATERIALIZED (
    SELECT CAST(now() AT TIME ZONE 'UTC' AS date) AS today
     WHERE pg_try_advisory_xact_lock(5136007201126044)
), due AS MATERIALIZED (
    SELECT CAST(past.day AS date) AS day, turn_of_one.today
      FROM turn_of_one
     CROSS JOIN LATERAL (SELECT min(turns.started_at) AS started_at
                           FROM chat.turns
                          WHERE turns.started_at > now() - make_interval(days => :keep_days)) AS first_turn
     CROSS JOIN LATERAL generate_series(date_trunc('day', first_turn.started_at AT TIME ZONE 'UTC'),
                                        CAST(turn_of_one.today - 1 AS timestamp), interval '1 day') AS past (day)
      LEFT JOIN chat.counted_days ON counted_days.day = CAST(past.day AS date)
     WHERE counted_days.day IS NULL
        OR (counted_days.counted_at < (past.day + interval '3 days') AT TIME ZONE 'UTC'
            AND now() >= (past.day + interval '3 days') AT TIME ZONE 'UTC')
     ORDER BY past.day DESC
     LIMIT 1
), cleared AS MATERIALIZED (
    DELETE FROM chat.daily_counts
     USING due
     WHERE daily_counts.day = due.day
        OR daily_counts.day < due.today - CAST(:keep_days AS integer)
    RETURNING 1
), counted AS (
    INSERT INTO chat.daily_counts (user_id, day, agent, figure, name, count)
    SELECT counts.user_id, counts.day, counts.agent, counts.figure, counts.name, counts.count
      FROM (SELECT count(1) FROM cleared) AS is_cleared
     CROSS JOIN due
     CROSS JOIN LATERAL chat.counts_between(due.day, due.day + 1, NULL) AS counts
)
INSERT INTO chat.counted_days (day, counted_at)
SELECT due.day, now()
  FROM due
    ON CONFLICT (day) DO UPDATE
   SET counted_at = EXCLUDED.counted_at
RETURNING counted_days.day;

-- name: list_counts
-- Of the last :days days, today among them: the counts of each day and of all together, of :agent or of all agents; and
-- those of each agent. They are the user's own, or everybody's where :user_id is '', in the scope `aggregates`.
-- What is not counted yet of today, and of yesterday, is counted now. `p50` and `p95` are milliseconds.
WITH period AS MATERIALIZED (
    SELECT today.day - CAST(:days AS integer) + 1 AS since, today.day AS today,
           GREATEST(today.day - 1, today.day - CAST(:days AS integer) + 1,
                    (SELECT max(counted_days.day) + 1 FROM chat.counted_days)) AS live_since
      FROM (SELECT CAST(now() AT TIME ZONE 'UTC' AS date) AS day) AS today
), counts AS MATERIALIZED (
    SELECT daily_counts.day, daily_counts.agent, daily_counts.figure, daily_counts.name, daily_counts.count
      FROM period
      JOIN chat.daily_counts ON daily_counts.day >= period.since AND daily_counts.day < period.live_since
     WHERE daily_counts.user_id = :user_id
 UNION ALL
    SELECT live.day, live.agent, live.figure, live.name, live.count
      FROM period
     CROSS JOIN LATERAL chat.counts_between(period.live_since, period.today + 1, :user_id) AS live
), summed AS (
    SELECT counts.day, NULL AS agent, counts.figure, counts.name, sum(counts.count) AS count
      FROM counts
     WHERE CAST(:agent AS text) IS NULL
        OR counts.agent = :agent
     GROUP BY GROUPING SETS ((counts.day, counts.figure, counts.name), (counts.figure, counts.name))
 UNION ALL
    SELECT NULL, counts.agent, counts.figure, counts.name, sum(counts.count)
      FROM counts
     GROUP BY counts.agent, counts.figure, counts.name
), ranked AS (
    SELECT summed.day, summed.agent, summed.figure, summed.name,
           sum(summed.count) OVER (PARTITION BY summed.day, summed.agent, summed.figure
                                       ORDER BY CAST(summed.name AS integer)) AS up_to,
           sum(summed.count) OVER (PARTITION BY summed.day, summed.agent, summed.figure) AS total
      FROM summed
     WHERE summed.figure IN ('first_word', 'duration')
)
SELECT summed.day, summed.agent, summed.figure, summed.name, CAST(summed.count AS bigint) AS count
  FROM summed
 WHERE summed.figure NOT IN ('first_word', 'duration')
   AND (summed.name = '' OR (summed.day IS NULL AND summed.agent IS NULL))
 UNION ALL
SELECT ranked.day, ranked.agent, ranked.figure, share.name,
       chat.bucket_middle(min(CAST(ranked.name AS integer)))
  FROM ranked
  JOIN (VALUES ('p50', 0.5), ('p95', 0.95)) AS share (name, share) ON ranked.up_to / ranked.total >= share.share
 GROUP BY ranked.day, ranked.agent, ranked.figure, share.name;

-- name: list_votes_against
-- The answers with the most votes against them since :days days ago, most first; with the latest remarks, newest first.
-- The user's own votes, or everybody's where :user_id is '', in the scope `against`: not who they are, and nothing that was
-- said.
WITH voted AS (
    SELECT votes.message_id, max(votes.agent) AS agent, count(1) AS downvotes, max(votes.updated_at) AS last_at
      FROM chat.votes
     WHERE NOT votes.is_upvoted
       AND votes.updated_at >= (date_trunc('day', now() AT TIME ZONE 'UTC')
                                - make_interval(days => CAST(:days AS integer) - 1)) AT TIME ZONE 'UTC'
       AND (:user_id = '' OR votes.user_id = :user_id)
       AND votes.agent = coalesce(CAST(:agent AS text), votes.agent)
     GROUP BY votes.message_id
     ORDER BY downvotes DESC, last_at DESC, votes.message_id
     LIMIT :limit
    OFFSET :offset
)
SELECT voted.message_id, voted.agent, voted.downvotes, voted.last_at, remarks.remarks
  FROM voted
 CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object('comment', latest.comment, 'tags', latest.tags)
                                  ORDER BY latest.updated_at DESC), '[]') AS remarks
          FROM (SELECT votes.comment, votes.tags, votes.updated_at
                  FROM chat.votes
                 WHERE votes.message_id = voted.message_id
                   AND NOT votes.is_upvoted
                   AND (:user_id = '' OR votes.user_id = :user_id)
                   AND (votes.comment <> '' OR votes.tags <> '[]')
                 ORDER BY votes.updated_at DESC
                 LIMIT 20) AS latest) AS remarks
 ORDER BY voted.downvotes DESC, voted.last_at DESC, voted.message_id;

-- name: list_readable_answers
-- What was asked and answered, of those of :message_ids that the user may read: their own, and what is shared.
SELECT messages.id, messages.chat_id, left(question.content, 300) AS question, left(messages.content, 300) AS answer
  FROM chat.messages
  JOIN chat.chats ON chats.id = messages.chat_id
  LEFT JOIN chat.messages AS question ON question.id = messages.parent_id
 WHERE messages.id = ANY (ARRAY(SELECT CAST(asked.id AS uuid)
                                  FROM jsonb_array_elements_text(CAST(:message_ids AS jsonb)) AS asked (id)))
   AND (chats.user_id = :user_id OR chat.is_shown(chats.id, messages.id))
   AND chats.deleted_at IS NULL;
