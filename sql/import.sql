-- fragment: said
-- The messages of :messages in their order, one row each.
said AS MATERIALIZED (
    SELECT message.id, message.parent_id, message.role, message.status, message.parts, message.attachments,
           message.content, message.agent, message.asked_as, message.trace_id, message.usage, message.model,
           message.first_event_ms, message.duration_ms, message.failure, message.has_turn, message.created_at,
           message.is_upvoted, message.comment, message.tags, message.chart, message.place
      FROM ROWS FROM (jsonb_to_recordset(CAST(:messages AS jsonb)) AS (
               id uuid, parent_id uuid, role text, status text, parts jsonb, attachments jsonb, content text,
               agent text, asked_as text, trace_id text, usage jsonb, model text, first_event_ms integer,
               duration_ms integer, failure text, has_turn boolean, created_at timestamptz, is_upvoted boolean,
               comment text, tags jsonb, chart jsonb)) WITH ORDINALITY AS message (
               id, parent_id, role, status, parts, attachments, content, agent, asked_as, trace_id, usage, model,
               first_event_ms, duration_ms, failure, has_turn, created_at, is_upvoted, comment, tags, chart, place)
)

-- fragment: new_messages
-- The messages of `said`, with what is known of their turns, the user's votes and charts, for the chat of `checked_chat`.
-- Its files were stored before, and are taken into the chat; one that is in another chat stays there.
-- `new_turns` keeps its times, where they are known, and why it failed. It refuses a message under the id of an answer that is being written.
new_messages AS (
    INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, attachments, content, agent,
                               asked_as, trace_id, usage, model, created_at)
    SELECT said.id, checked_chat.id, :user_id, said.parent_id, said.role, said.status, said.parts, said.attachments,
           said.content, said.agent, said.asked_as, said.trace_id, said.usage, said.model, said.created_at
      FROM checked_chat, said
     ORDER BY said.place
), new_turns AS (
    INSERT INTO chat.turns (id, chat_id, user_id, question_id, status, agent, owner, first_event_ms, started_at,
                            ended_at, failure, asked_as)
    SELECT said.id, checked_chat.id, :user_id, said.parent_id, said.status, said.agent, 'import', said.first_event_ms,
           said.created_at - make_interval(secs => coalesce(said.duration_ms, 0) / 1000.0), said.created_at,
           said.failure, said.asked_as
      FROM checked_chat, said
     WHERE said.has_turn
), new_votes AS (
    INSERT INTO chat.votes (chat_id, message_id, user_id, is_upvoted, comment, tags)
    SELECT checked_chat.id, said.id, :user_id, said.is_upvoted, said.comment, said.tags
      FROM checked_chat, said
     WHERE said.is_upvoted IS NOT NULL
       AND said.role = 'assistant'
), new_charts AS (
    INSERT INTO chat.charts (message_id, user_id, chart)
    SELECT said.id, :user_id, said.chart
      FROM checked_chat, said
     WHERE said.chart IS NOT NULL
       AND said.role = 'assistant'
)

-- name: import_chat
-- Store a chat that was taken away from here or elsewhere, with its messages, what is known of its turns, and the user's
-- votes: all of it or nothing. With a row that is not new, one of :known_ids is a chat of the user's, and nothing is
-- changed. An id that is used for something else undoes the statement, whoever uses it (chats_pkey, messages_pkey,
-- turns_pkey, or chat.undeleted): the caller then tries the next of :known_ids.
-- `locked_user` locks the user before the chat is made, as in start_turn, so that chat.join_users misses no new chat.
-- Two imports of one chat at the same moment wait for each other there; the second does not see the first one's chat,
-- fails at its id, and finds it at the next try.
-- The chat keeps its times, none of which is in the future. So it takes an older place in the list, which is no move
-- (sql/migrations/0009_moves.sql), and it has nothing unread.
WITH known AS MATERIALIZED (
    SELECT chats.id, chats.deleted_at IS NOT NULL AS is_in_trash
      FROM chat.chats
     WHERE chats.user_id = :user_id
       AND chats.id IN (SELECT CAST(known_id AS uuid)
                          FROM jsonb_array_elements_text(CAST(:known_ids AS jsonb)) AS known_id)
), locked_user AS (
    INSERT INTO chat.users (id, email, name)
    SELECT :user_id, :email, :name
     WHERE NOT EXISTS (SELECT FROM known)
        ON CONFLICT (id) DO UPDATE
       SET email = coalesce(users.email, EXCLUDED.email), name = coalesce(users.name, EXCLUDED.name)
    RETURNING users.id
), new_chat AS (
    INSERT INTO chat.chats (id, user_id, title, title_source, visibility, agent, pinned_at, archived_at, created_at,
                            updated_at, last_read_at, leaf_id, uses_instructions)
    SELECT :chat_id, locked_user.id, :title, :title_source, :visibility, :agent, :pinned_at, :archived_at, :created_at,
           :updated_at, now(), CAST(:leaf_id AS uuid), :uses_instructions
      FROM locked_user
    RETURNING chats.id
), checked_chat AS MATERIALIZED (
    SELECT chat.undeleted(new_chat.id, :user_id) AS id,
           CASE WHEN :file_ids <> ''
                THEN chat.claim_files(CAST(string_to_array(:file_ids, ',') AS uuid[]), new_chat.id, :user_id, NULL, true) IS NULL
            END AS claimed
      FROM new_chat
), {said}, {new_messages}
SELECT known.id, known.is_in_trash, false AS is_new, NULL AS claimed
  FROM known
 UNION ALL
SELECT checked_chat.id, false, true, checked_chat.claimed
  FROM checked_chat;

-- name: count_messages_of
-- How many of these messages a chat of the user's has.
SELECT count(1) AS messages
  FROM chat.messages
 WHERE messages.chat_id = :chat_id
   AND messages.user_id = :user_id
   AND messages.id IN (SELECT CAST(message_id AS uuid)
                         FROM jsonb_array_elements_text(CAST(:message_ids AS jsonb)) AS message_id);

-- name: find_imported
-- What has become of a chat that may have been imported before, under one of :known_ids: it is here, in the trash, or
-- was deleted for good. No row: it never was here.
SELECT chats.id, CASE WHEN chats.deleted_at IS NULL THEN 'here' ELSE 'in_trash' END AS state
  FROM chat.chats
 WHERE chats.user_id = :user_id
   AND chats.id IN (SELECT CAST(known_id AS uuid)
                      FROM jsonb_array_elements_text(CAST(:known_ids AS jsonb)) AS known_id)
 UNION ALL
SELECT deleted_chats.id, 'deleted'
  FROM chat.deleted_chats
 WHERE deleted_chats.user_id = :user_id
   AND deleted_chats.id IN (SELECT CAST(known_id AS uuid)
                              FROM jsonb_array_elements_text(CAST(:known_ids AS jsonb)) AS known_id);

-- name: list_missing_messages
-- Which of these messages a chat of the user's does not have.
SELECT CAST(asked.message_id AS uuid) AS id
  FROM jsonb_array_elements_text(CAST(:message_ids AS jsonb)) AS asked (message_id)
 WHERE NOT EXISTS (SELECT FROM chat.messages
                    WHERE messages.id = CAST(asked.message_id AS uuid)
                      AND messages.chat_id = :chat_id
                      AND messages.user_id = :user_id);

-- name: add_messages
-- Add :messages to a chat that was imported before: all of them or none. No row: the chat is not the user's, or is in
-- the trash. The open branch goes on through them if it ended with the message that they follow; a branch that the user
-- has gone on with here stays open.
-- The chat moves up in the list, so the order of locks is that of start_turn, and its former place is kept. What was
-- read stays read: these messages are known from elsewhere.
WITH locked_user AS (
    UPDATE chat.users
       SET moved_at = chat.next_move(users.moved_at)
     WHERE users.id = :user_id
    RETURNING users.moved_at
), checked_chat AS MATERIALIZED (
    SELECT chats.id, chats.updated_at, locked_user.moved_at
      FROM locked_user
     CROSS JOIN chat.chats
     WHERE chats.id = :chat_id
       AND chats.user_id = :user_id
       AND chats.deleted_at IS NULL
       FOR NO KEY UPDATE OF chats
), {said}, {new_messages}, new_move AS (
    INSERT INTO chat.moves (user_id, moved_at, chat_id, place)
    SELECT :user_id, checked_chat.moved_at, checked_chat.id, checked_chat.updated_at
      FROM checked_chat
)
UPDATE chat.chats
   SET updated_at = GREATEST(chats.updated_at, :updated_at),
       last_read_at = CASE WHEN chats.updated_at > chats.last_read_at THEN chats.last_read_at ELSE now() END
  FROM checked_chat
 WHERE chats.id = checked_chat.id
   AND chats.user_id = :user_id
RETURNING chats.id;
