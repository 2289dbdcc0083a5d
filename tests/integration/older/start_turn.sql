-- As version 10 of the schema had it: what an app that does not know of chats.leaf_id runs during a deploy.
WITH person AS (
    INSERT INTO chat.users (id, email, name, moved_at)
    VALUES (:user_id, :email, :name, clock_timestamp())
        ON CONFLICT (id) DO UPDATE
       SET email = EXCLUDED.email, name = EXCLUDED.name, last_seen_at = now(),
           moved_at = chat.next_move(users.moved_at)
    RETURNING users.id, users.moved_at
), moment AS (
    SELECT LEAST(CAST(:said_at AS timestamptz), person.moved_at) AS said_at
      FROM person
), opened AS (
    INSERT INTO chat.chats (id, user_id, title, agent, created_at, updated_at, last_read_at)
    SELECT :chat_id, person.id, :title, :agent, moment.said_at, moment.said_at, moment.said_at
      FROM person, moment
     WHERE NOT EXISTS (SELECT FROM chat.messages
                        WHERE messages.id = :question_id
                          AND (messages.chat_id <> :chat_id OR messages.user_id <> :user_id
                               OR messages.role <> 'user'))
       AND NOT EXISTS (SELECT FROM chat.messages WHERE messages.id = :turn_id AND messages.role <> 'assistant')
       AND NOT EXISTS (SELECT FROM chat.turns
                        WHERE turns.id = :turn_id
                          AND (turns.user_id <> :user_id OR turns.question_id <> :question_id))
        ON CONFLICT (id) DO UPDATE
       SET (updated_at, last_read_at, moved_from) = (
               SELECT GREATEST(chats.updated_at, CASE WHEN NOT repeated THEN EXCLUDED.updated_at END),
                      GREATEST(chats.last_read_at, CASE WHEN NOT repeated THEN EXCLUDED.updated_at END),
                      CASE WHEN repeated THEN chats.moved_from ELSE chats.updated_at END
                 FROM (SELECT EXISTS (SELECT FROM chat.turns WHERE turns.id = :turn_id) AS repeated) AS this)
     WHERE chats.user_id = EXCLUDED.user_id
       AND chats.deleted_at IS NULL
    RETURNING chats.id, chats.agent, chats.moved_from, chats.xmax = 0 AS is_new_chat
), placed AS MATERIALIZED (
    SELECT opened.id, opened.agent, opened.moved_from, opened.is_new_chat,
           chat.place_of_question(chat.undeleted(opened.id, :user_id), :question_id, :turn_id, CAST(:follows AS uuid))
               AS parent_id
      FROM opened
), question AS (
    INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, attachments, content, created_at)
    SELECT :question_id, placed.id, :user_id, placed.parent_id, 'user', 'complete',
           CAST(:parts AS jsonb), CAST(:attachments AS jsonb), :content, moment.said_at
      FROM placed, moment
        ON CONFLICT (id) DO UPDATE
       SET role = messages.role
), turn AS (
    INSERT INTO chat.turns (id, chat_id, user_id, question_id, agent, owner, started_at, asked_as)
    SELECT :turn_id, placed.id, :user_id, :question_id, placed.agent, :owner, moment.said_at, :asked_as
      FROM placed, moment
        ON CONFLICT (id) DO UPDATE
       SET owner = turns.owner
    RETURNING turns.xmax = 0 AS is_new
), moved AS (
    INSERT INTO chat.moves (user_id, moved_at, chat_id, place)
    SELECT :user_id, person.moved_at, placed.id, placed.moved_from
      FROM person, placed, turn
     WHERE turn.is_new
       AND NOT placed.is_new_chat
), forgotten AS (
    DELETE FROM chat.moves
     WHERE moves.user_id = :user_id
       AND moves.moved_at < now() - interval '1 day'
)
SELECT placed.id AS chat_id, placed.agent, turn.is_new, placed.is_new_chat
  FROM placed, turn;
