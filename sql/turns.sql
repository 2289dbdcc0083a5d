-- name: start_turn
-- The chat if it is new, the question and the running turn, all or nothing. A repeat with the same ids changes
-- nothing and says is_new = false; no row at all means that the chat or the question is not the user's. Rows that
-- row-level security hides cannot be looked for beforehand: to touch them is an error (42501), and undoes all of it.
-- So are, once the chat is locked, one that was deleted (chat.undeleted) or has moved on (chat.place_of_question).
-- What had to wait brings the time at which it was said, by a clock that may be fast; :said_at is NULL for now.
-- The person's row is locked first, by all that moves a chat of theirs (see 0009_moves.sql).
-- The question is on the open branch from here on, and so is its answer, which needs not set the leaf again: a user who
-- opens another branch meanwhile stays there.
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
), chosen AS (
    SELECT chats.leaf_id
      FROM person
     CROSS JOIN chat.chats
     WHERE chats.id = :chat_id
       AND chats.user_id = :user_id
       FOR NO KEY UPDATE OF chats
), opened AS (
    INSERT INTO chat.chats (id, user_id, title, agent, created_at, updated_at, last_read_at, leaf_id)
    SELECT :chat_id, person.id, :title, :agent, moment.said_at, moment.said_at, moment.said_at, :question_id
      FROM person
     CROSS JOIN moment
      LEFT JOIN chosen ON true
     WHERE NOT EXISTS (SELECT FROM chat.messages
                        WHERE messages.id = :question_id
                          AND (messages.chat_id <> :chat_id OR messages.user_id <> :user_id
                               OR messages.role <> 'user'))
       AND NOT EXISTS (SELECT FROM chat.messages WHERE messages.id = :turn_id AND messages.role <> 'assistant')
       AND NOT EXISTS (SELECT FROM chat.turns
                        WHERE turns.id = :turn_id
                          AND (turns.user_id <> :user_id OR turns.question_id <> :question_id))
        ON CONFLICT (id) DO UPDATE
       SET (updated_at, last_read_at, moved_from, leaf_id) = (
               SELECT GREATEST(chats.updated_at, CASE WHEN NOT repeated THEN EXCLUDED.updated_at END),
                      GREATEST(chats.last_read_at, CASE WHEN NOT repeated THEN EXCLUDED.updated_at END),
                      CASE WHEN repeated THEN chats.moved_from ELSE chats.updated_at END,
                      CASE WHEN repeated THEN chats.leaf_id ELSE EXCLUDED.leaf_id END
                 FROM (SELECT EXISTS (SELECT FROM chat.turns WHERE turns.id = :turn_id) AS repeated) AS this)
     WHERE chats.user_id = EXCLUDED.user_id
       AND chats.deleted_at IS NULL
    RETURNING chats.id, chats.agent, chats.moved_from, chats.xmax = 0 AS is_new_chat
), placed AS MATERIALIZED (
    SELECT opened.id, opened.agent, opened.moved_from, opened.is_new_chat,
           chat.place_of_question(chat.undeleted(opened.id, :user_id), :question_id, :turn_id, CAST(:follows AS uuid),
                                  (SELECT chosen.leaf_id FROM chosen)) AS parent_id
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

-- name: finish_turn
-- The answer, once, and the end of its turn. A turn that was taken for dead may still end as it really did.
-- The person is locked before the chat, and the chat before the turn, as start_turn and delete_chat do: the other way
-- round they would deadlock.
-- :ended_at as :said_at above. What the owner read before the answer was here they have not read with it.
WITH person AS (
    UPDATE chat.users
       SET moved_at = chat.next_move(users.moved_at)
     WHERE users.id = :user_id
    RETURNING users.moved_at
), opened AS (
    SELECT chats.id, chats.updated_at, person.moved_at
      FROM person
     CROSS JOIN chat.chats
      JOIN chat.turns ON turns.chat_id = chats.id
     WHERE turns.id = :turn_id
       AND turns.user_id = :user_id
       FOR NO KEY UPDATE OF chats
), turn AS (
    UPDATE chat.turns
       SET status = :status, first_event_ms = :first_event_ms,
           ended_at = GREATEST(turns.started_at, LEAST(CAST(:ended_at AS timestamptz), opened.moved_at))
      FROM opened
     WHERE turns.id = :turn_id
       AND turns.chat_id = opened.id
       AND turns.user_id = :user_id
       AND turns.status IN ('running', 'interrupted')
    RETURNING turns.id, turns.chat_id, turns.question_id, turns.ended_at, opened.moved_at, opened.updated_at AS place
), answer AS (
    INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, content, trace_id, usage,
                               asked_as, created_at)
    SELECT turn.id, turn.chat_id, :user_id, turn.question_id, 'assistant', :status, CAST(:parts AS jsonb),
           :content, :trace_id, CAST(:usage AS jsonb), :asked_as, turn.ended_at
      FROM turn
        ON CONFLICT (id) DO UPDATE
       SET status = EXCLUDED.status, parts = EXCLUDED.parts, content = EXCLUDED.content,
           trace_id = EXCLUDED.trace_id, usage = EXCLUDED.usage, asked_as = EXCLUDED.asked_as,
           created_at = EXCLUDED.created_at
     WHERE messages.status = 'interrupted'
       AND messages.user_id = EXCLUDED.user_id
), moved AS (
    INSERT INTO chat.moves (user_id, moved_at, chat_id, place)
    SELECT :user_id, turn.moved_at, turn.chat_id, turn.place
      FROM turn
)
UPDATE chat.chats
   SET updated_at = GREATEST(chats.updated_at, turn.ended_at),
       last_read_at = LEAST(chats.last_read_at, turn.ended_at - interval '1 microsecond')
  FROM turn
 WHERE chats.id = turn.chat_id
   AND chats.user_id = :user_id
RETURNING chats.id;

-- name: running_turn
-- The turn that is being answered in a chat that the user may read, if one is.
SELECT turns.id, turns.question_id, turns.owner
  FROM chat.turns
  JOIN chat.chats ON chats.id = turns.chat_id
 WHERE turns.chat_id = :chat_id
   AND (chats.user_id = :user_id OR chats.visibility = 'public')
   AND chats.deleted_at IS NULL
   AND turns.status = 'running';

-- name: find_turn
-- What led to an answer, also while it is being written, in a chat that the user may read. The answers of a copied chat
-- have no turns.
WITH answer AS (
    SELECT turns.id, turns.chat_id, turns.question_id, turns.started_at
      FROM chat.turns
     WHERE turns.id = :turn_id
 UNION ALL
    SELECT messages.id, messages.chat_id, messages.parent_id, messages.created_at
      FROM chat.messages
     WHERE messages.id = :turn_id
       AND messages.role = 'assistant'
)
SELECT answer.id, answer.chat_id, answer.question_id, question.parent_id AS follows, chats.agent, answer.started_at
  FROM answer
  JOIN chat.chats ON chats.id = answer.chat_id
  LEFT JOIN chat.messages AS question ON question.id = answer.question_id
 WHERE (chats.user_id = :user_id OR chats.visibility = 'public')
   AND chats.deleted_at IS NULL
 ORDER BY answer.started_at
 LIMIT 1;

-- name: request_stop
-- Whoever runs the turn sees this within a second.
UPDATE chat.turns
   SET stop_requested_at = coalesce(turns.stop_requested_at, now())
 WHERE turns.chat_id = :chat_id
   AND turns.user_id = :user_id
   AND turns.status = 'running'
RETURNING turns.id;
