-- name: list_chat_ids
-- The user's chats, archived or not, in the order of their ids, which nothing changes: a walk by ids misses none and
-- meets none twice. Materialized: by the primary key of chats, everybody's chats would be read.
WITH mine AS MATERIALIZED (
    SELECT chats.id
      FROM chat.chats
     WHERE chats.user_id = :user_id
       AND chats.deleted_at IS NULL
)
SELECT mine.id
  FROM mine
 WHERE (CAST(:after_id AS uuid) IS NULL OR mine.id > CAST(:after_id AS uuid))
 ORDER BY mine.id
 LIMIT :limit;

-- name: chat_extent
-- What of a chat the user may read, as of now: the open branch from its beginning, the last message in the order in
-- which they came, and how many there are. Of another's shared chat that is the branch that is shown, alone.
SELECT open.ids AS branch,
       CASE WHEN chats.user_id = :user_id
            THEN (SELECT messages.id FROM chat.messages
                   WHERE messages.chat_id = chats.id ORDER BY messages.seq DESC LIMIT 1)
            ELSE open.ids[cardinality(open.ids)]
        END AS last_id,
       CASE WHEN chats.user_id = :user_id
            THEN (SELECT count(1) FROM chat.messages WHERE messages.chat_id = chats.id)
            ELSE cardinality(open.ids)
        END AS messages
  FROM chat.chats
 CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT branch.id
                   FROM chat.branch(chats.id, CASE WHEN chats.user_id = :user_id
                                                   THEN chat.open_leaf(chats.id, chats.leaf_id)
                                                   ELSE chat.shared_leaf(chats.id) END, NULL, NULL) AS branch
                  ORDER BY branch.depth DESC) AS ids
 ) AS open
 WHERE chats.id = :chat_id
   AND (chats.user_id = :user_id OR chat.is_shared(chats.visibility, chats.shared_until))
   AND chats.deleted_at IS NULL;

-- name: list_records
-- The messages after :after_id in the order in which they came, with all that is known of them: of all branches of the
-- user's own chat, of the branch that is shown of another's. At most :limit of them, and no more than begin within
-- :max_bytes, as they lie on the disk, so that a page of long answers takes no more memory than one of short ones.
WITH shown AS MATERIALIZED (
    SELECT branch.id
      FROM chat.chats
     CROSS JOIN LATERAL chat.branch(chats.id, chat.shared_leaf(chats.id), NULL, NULL) AS branch
     WHERE chats.id = :chat_id
       AND chats.user_id <> :user_id
), after AS MATERIALIZED (
    SELECT messages.id, messages.chat_id, messages.seq,
           octet_length(messages.content) + pg_column_size(messages.parts) AS bytes
      FROM chat.chats
      JOIN chat.messages ON messages.chat_id = chats.id
     WHERE chats.id = :chat_id
       AND chats.deleted_at IS NULL
       AND (chats.user_id = :user_id
            OR messages.id IN (SELECT shown.id FROM shown))
       AND messages.seq > coalesce((SELECT place.seq FROM chat.messages AS place
                                     WHERE place.id = CAST(:after_id AS uuid) AND place.chat_id = :chat_id), 0)
     ORDER BY messages.seq
     LIMIT :limit
), summed AS (
    SELECT after.id, after.seq, sum(after.bytes) OVER (ORDER BY after.seq) - after.bytes AS before
      FROM after
)
SELECT messages.id, messages.chat_id, messages.parent_id, messages.role, messages.status, messages.parts,
       messages.attachments, messages.content, messages.trace_id, messages.usage, messages.model,
       messages.asked_as, messages.created_at, coalesce(messages.agent, turns.agent) AS agent, turns.started_at,
       turns.first_event_ms, turns.failure, votes.is_upvoted, votes.comment, votes.tags, charts.chart
  FROM summed
  JOIN chat.messages ON messages.id = summed.id
  LEFT JOIN chat.turns ON turns.id = messages.id
  LEFT JOIN chat.charts ON charts.message_id = messages.id AND charts.user_id = messages.user_id
  LEFT JOIN chat.votes ON votes.message_id = messages.id AND votes.user_id = :user_id
 WHERE summed.before < :max_bytes
 ORDER BY summed.seq;
