-- fragment: message_columns
-- A message as `lib.store.models.Message` has it. `siblings` are all versions at its place, itself among them: oldest
-- first, then the answer that is being written there. Who reads somebody else's chat sees the branch that is open, not
-- that there are others. `chart` is the one that the owner has chosen.
messages.id, messages.chat_id, messages.parent_id, messages.role, messages.status, messages.parts,
       messages.attachments, messages.content, messages.trace_id, messages.usage, messages.model, messages.agent,
       messages.asked_as, messages.created_at, turn.started_at, turn.first_event_ms, turn.failure,
       (SELECT charts.chart FROM chat.charts
         WHERE charts.message_id = messages.id AND charts.user_id = messages.user_id) AS chart,
       CASE WHEN chats.user_id <> :user_id THEN ARRAY[messages.id]
            WHEN messages.parent_id IS NULL
            THEN ARRAY(SELECT version.id FROM chat.messages AS version
                        WHERE version.chat_id = messages.chat_id AND version.parent_id IS NULL
                        ORDER BY version.seq)
            ELSE ARRAY(SELECT version.id FROM chat.messages AS version
                        WHERE version.parent_id = messages.parent_id
                        ORDER BY version.seq)
                 || ARRAY(SELECT turns.id FROM chat.turns
                           WHERE turns.chat_id = messages.chat_id AND turns.status = 'running'
                             AND turns.question_id = messages.parent_id)
       END AS siblings

-- fragment: turn_of_message
-- The turn that wrote a message, as `turn`. With the LIMIT, Postgres looks it up by its id for each message, and never
-- reads all turns to join them.
  LEFT JOIN LATERAL (SELECT turns.started_at, turns.first_event_ms, turns.failure
                       FROM chat.turns
                      WHERE turns.id = messages.id
                        AND messages.role = 'assistant'
                      LIMIT 1) AS turn ON true

-- name: list_messages
-- The last :limit messages of the open branch, oldest first; with :before_id, the last :limit before that message. Of
-- somebody else's chat, only of the branch that is shown. A walk that starts at :before_id includes it, so it takes one
-- message more and that one is left out.
SELECT {message_columns}
  FROM chat.chats
 CROSS JOIN LATERAL chat.branch(chats.id, CASE WHEN CAST(:before_id AS uuid) IS NOT NULL THEN CAST(:before_id AS uuid)
                                               WHEN chats.user_id = :user_id
                                               THEN chat.open_leaf(chats.id, chats.leaf_id)
                                               ELSE chat.shared_leaf(chats.id) END,
                                :limit + CAST(CAST(:before_id AS uuid) IS NOT NULL AS integer), NULL) AS branch
  JOIN chat.messages ON messages.id = branch.id
{turn_of_message}
 WHERE chats.id = :chat_id
   AND (chats.user_id = :user_id
        OR (chat.is_shared(chats.visibility, chats.shared_until)
            AND (CAST(:before_id AS uuid) IS NULL OR chat.is_shown(chats.id, CAST(:before_id AS uuid)))))
   AND chats.deleted_at IS NULL
   AND branch.id IS DISTINCT FROM CAST(:before_id AS uuid)
 ORDER BY branch.depth DESC;

-- name: get_message
-- One message of the user's own, or one that is shown in a shared chat.
SELECT {message_columns}
  FROM chat.messages
  JOIN chat.chats ON chats.id = messages.chat_id
{turn_of_message}
 WHERE messages.id = :message_id
   AND (chats.user_id = :user_id OR chat.is_shown(chats.id, messages.id))
   AND chats.deleted_at IS NULL;

-- name: list_replies
-- The ids of all that follows a message of the user's directly: oldest first, then the answer that is being written.
SELECT reply.id
  FROM (SELECT messages.id, messages.seq
          FROM chat.messages
         WHERE messages.parent_id = :message_id
           AND messages.chat_id = :chat_id
           AND messages.user_id = :user_id
     UNION ALL
        SELECT turns.id, NULL
          FROM chat.turns
         WHERE turns.question_id = :message_id
           AND turns.chat_id = :chat_id
           AND turns.user_id = :user_id
           AND turns.status = 'running') AS reply
 ORDER BY reply.seq NULLS LAST;

-- name: add_follow_ups
-- Add next questions to a complete answer that has none, if the open branch ends with it. A repeat changes nothing. They
-- are no activity: the chat keeps its place and is no more unread than before. Also in the trash: the chat may be
-- restored. A question that is asked at the same moment does not wait for this: at worst the answer before it has next
-- questions, which are only shown where it is the last.
UPDATE chat.messages
   SET parts = messages.parts || CAST(:parts AS jsonb)
  FROM chat.chats
 WHERE messages.id = :message_id
   AND messages.chat_id = :chat_id
   AND messages.user_id = :user_id
   AND messages.role = 'assistant'
   AND messages.status = 'complete'
   AND NOT messages.parts @> jsonb_build_array(jsonb_build_object('type', 'follow_up'))
   AND chats.id = messages.chat_id
   AND chats.user_id = :user_id
   AND chat.open_leaf(chats.id, chats.leaf_id) = messages.id
RETURNING messages.id;
