-- name: list_rated_answers
-- The answers that were rated since :days days ago, the last rated first, each once with all that was said of it; with
-- :only_down those that somebody found bad. Of answers that :user_id may not read there is no conversation.
SELECT rated.answer_id, rated.agent, rated.model, rated.trace_id, rated.conversation, rated.answer,
       count(1) FILTER (WHERE rated.is_upvoted) AS upvotes,
       count(1) FILTER (WHERE NOT rated.is_upvoted) AS downvotes,
       coalesce(jsonb_agg(jsonb_build_object('comment', rated.comment, 'tags', rated.tags) ORDER BY rated.voted_at DESC)
                  FILTER (WHERE rated.comment <> '' OR rated.tags <> '[]'), '[]') AS remarks
  FROM chat.rated_answers((date_trunc('day', now() AT TIME ZONE 'UTC')
                           - make_interval(days => CAST(:days AS integer) - 1)) AT TIME ZONE 'UTC', :user_id) AS rated
 WHERE CAST(:agent AS text) IS NULL
    OR rated.agent = :agent
 GROUP BY rated.answer_id, rated.agent, rated.model, rated.trace_id, rated.conversation, rated.answer
HAVING NOT CAST(:only_down AS boolean)
    OR count(1) FILTER (WHERE NOT rated.is_upvoted) > 0
 ORDER BY max(rated.voted_at) DESC, rated.answer_id
 LIMIT :limit;
