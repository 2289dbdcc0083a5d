-- fragment: room
-- How many characters of a conversation fit. Standing instructions, if the chat uses them, take their part of :max_chars.
room AS (
    SELECT CAST(:max_chars - coalesce(sum(length(instructions.content)), 0) AS integer) AS chars
      FROM chat.chats
      JOIN chat.instructions ON instructions.user_id = chats.user_id
     WHERE chats.id = :chat_id
       AND chats.user_id = :user_id
       AND chats.uses_instructions
)

-- fragment: context
-- The end of the branch down to :leaf_id that fits, and always the leaf itself and every system message of the chat.
-- `branch` is one message longer if there is one that does not fit. Only then is there a `summary`, for which the rest
-- makes room: the question whether there is one costs nothing otherwise.
branch AS MATERIALIZED (
    SELECT branch.id, branch.depth, branch.chars
      FROM room
     CROSS JOIN LATERAL chat.branch(CAST(:chat_id AS uuid), CAST(:leaf_id AS uuid), NULL, room.chars + 1) AS branch
), summary AS MATERIALIZED (
    SELECT found.message_id, found.content
      FROM chat.summary_of_branch(CAST(:chat_id AS uuid), CAST(:leaf_id AS uuid), :user_id) AS found
     WHERE CAST(:with_summary AS boolean)
       AND EXISTS (SELECT FROM branch, room WHERE branch.chars > room.chars)
), context AS (
    SELECT branch.id
      FROM branch
     CROSS JOIN room
     WHERE branch.chars <= room.chars - coalesce((SELECT length(summary.content) FROM summary), 0)
        OR branch.depth = 1
 UNION
    SELECT messages.id
      FROM chat.messages
     WHERE messages.chat_id = :chat_id
       AND messages.user_id = :user_id
       AND messages.role = 'system'
)

-- name: list_context
-- What the agent gets to read before it answers a question, oldest first, the question last and with it the summary of
-- what comes before, so that asking takes no second statement. It also comes with the ids of the last answers of Genie's
-- on its branch, whether or not these fit: of the space that answers now, because any other agent may call its traces so.
WITH {room}, {context}
SELECT messages.role, messages.parts, messages.attachments,
       CASE WHEN messages.id = :leaf_id
            THEN ARRAY (SELECT answer.trace_id
                          FROM chat.branch(CAST(:chat_id AS uuid), CAST(:leaf_id AS uuid), :genie_messages, NULL) AS recent
                          JOIN chat.messages AS answer ON answer.id = recent.id
                         WHERE answer.user_id = :user_id
                           AND starts_with(answer.trace_id, 'genie:/')
                           AND answer.agent = (SELECT turns.agent
                                                 FROM chat.turns
                                                WHERE turns.chat_id = :chat_id
                                                  AND turns.user_id = :user_id
                                                  AND turns.status = 'running')
                         ORDER BY recent.depth DESC)
            END AS genie_ids,
       summary.message_id AS summary_until, summary.content AS summary
  FROM context
  JOIN chat.messages USING (id)
  LEFT JOIN summary ON messages.id = :leaf_id
 WHERE messages.user_id = :user_id
 ORDER BY messages.seq;

-- name: list_context_places
-- The places of the same messages, as far as they tell where the agent begins to see: the system messages, the oldest
-- of each role, and the leaf, with the same summary.
WITH {room}, {context}
SELECT place.id, place.parent_id, place.role, summary.message_id AS summary_until, summary.content AS summary
  FROM (SELECT messages.id, messages.parent_id, messages.role, messages.seq,
               row_number() OVER (PARTITION BY messages.role ORDER BY messages.seq) AS number
          FROM context
          JOIN chat.messages USING (id)
         WHERE messages.user_id = :user_id) AS place
  LEFT JOIN summary ON place.id = :leaf_id
 WHERE place.number = 1
    OR place.role = 'system'
    OR place.id = :leaf_id
 ORDER BY place.seq;

-- name: list_unsummarised
-- What a summary of the beginning of a branch still lacks, oldest first, once something does not fit :max_chars any more:
-- what does not fit :kept_chars, behind the message up to which there is a summary. With that summary, and only as many
-- messages as fit :batch_chars, but at least one.
WITH {room}, former AS MATERIALIZED (
    SELECT found.content, found.depth
      FROM chat.summary_of_branch(CAST(:chat_id AS uuid), CAST(:leaf_id AS uuid), :user_id) AS found
), branch AS MATERIALIZED (
    SELECT branch.id, branch.depth, branch.chars - room.chars AS chars_over
      FROM room
     CROSS JOIN chat.branch(CAST(:chat_id AS uuid), CAST(:leaf_id AS uuid),
                            (SELECT former.depth - 1 FROM former), 2147483647) AS branch
     WHERE branch.depth < coalesce((SELECT former.depth FROM former), branch.depth + 1)
), lacking AS (
    SELECT messages.id, messages.role, messages.content, messages.attachments, branch.depth,
           sum(length(messages.content)) OVER (ORDER BY branch.depth DESC) AS chars,
           row_number() OVER (ORDER BY branch.depth DESC) AS number
      FROM branch
      JOIN chat.messages USING (id)
     WHERE messages.user_id = :user_id
       AND branch.chars_over > CAST(:kept_chars AS integer) - CAST(:max_chars AS integer)
       AND EXISTS (SELECT FROM branch AS oldest WHERE oldest.chars_over > 0)
)
SELECT lacking.id, lacking.role, lacking.content, lacking.attachments, former.content AS summary
  FROM lacking
  LEFT JOIN former ON true
 WHERE lacking.chars <= :batch_chars
    OR lacking.number = 1
 ORDER BY lacking.depth DESC;

-- name: save_context_summary
-- Keep a summary of a branch up to one of the user's messages, in place of the one that it has. The lock makes a deletion
-- of the chat wait until it is there.
WITH last_message AS MATERIALIZED (
    SELECT messages.id
      FROM chat.messages
     WHERE messages.id = :message_id
       AND messages.chat_id = :chat_id
       AND messages.user_id = :user_id
       FOR KEY SHARE
)
INSERT INTO chat.summaries (message_id, chat_id, user_id, content)
SELECT last_message.id, :chat_id, :user_id, :content
  FROM last_message
    ON CONFLICT (message_id) DO UPDATE
   SET content = EXCLUDED.content, created_at = now()
RETURNING summaries.message_id;
