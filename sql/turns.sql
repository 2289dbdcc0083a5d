-- name: start_turn
-- Store the chat if it is new, the question if it is new, and the running turn: all of it or nothing. A repeat with the
-- same ids changes nothing and returns is_new = false. No row means that one of the ids is used for something else.
-- Row-level security may hide the row that uses an id, so it cannot be looked for beforehand. The inserts therefore end
-- in ON CONFLICT DO UPDATE, if only of a column to its own value: on a hidden row that is an error (42501) and undoes
-- the statement, where DO NOTHING would pass over it. Other errors that undo it: the chat was deleted (chat.undeleted),
-- the place of the question cannot be had (chat.place_of_question), or another turn runs in the chat (the index
-- one_running_turn_a_chat).
-- Order of locks: the user, then the chat, then messages and turns. Whatever moves a chat of the user takes them in
-- this order, so that two questions, a question and the end of an answer, or a question and a copy wait for each other
-- and cannot deadlock. Each CTE reads from the one that takes the lock before it; that alone makes Postgres keep the
-- order. What was committed while the statement waited for a lock is not in its snapshot. What must know of it, such as
-- the end of the branch or a deletion, is looked up by VOLATILE functions, which see the newest state.
-- `locked_user` makes the user's row or updates it, locks it, and gives this move of the chat its time.
-- `question_time` is :said_at for a question that had to wait, by the clock of a process that may be fast: so it is
-- never later than the move. It is the time of the move where :said_at is NULL.
-- `locked_chat` locks the chat, if there is one, and keeps its leaf from before `saved_chat` sets it to the question.
-- `saved_chat` makes or updates the chat, unless an id is used for something else. When the turn is `repeated` nothing
-- changes. The question is on the open branch from here on.
-- A chat in the trash takes no question, except one that had to wait (:said_at): its owner asked it without knowing,
-- and it must not be lost. It does not bring the chat back.
-- `checked_chat` checks what only a locked chat can be checked for, and takes the files of the question into the chat;
-- materialized, so that it does so once.
-- `turn` belongs to the chat's agent, or to :other_agent, which answers this once. The standing instructions come along, so
-- that asking takes no second statement.
-- `new_move` keeps the chat's former place for walks through the list that began earlier (see list_chats_as_of), and
-- `expired_moves` deletes such places when no cursor can ask for them any more.
WITH locked_user AS (
    INSERT INTO chat.users (id, email, name, moved_at)
    VALUES (:user_id, :email, :name, clock_timestamp())
        ON CONFLICT (id) DO UPDATE
       SET email = EXCLUDED.email, name = EXCLUDED.name, last_seen_at = now(),
           moved_at = chat.next_move(users.moved_at)
    RETURNING users.id, users.moved_at
), question_time AS (
    SELECT LEAST(CAST(:said_at AS timestamptz), locked_user.moved_at) AS said_at
      FROM locked_user
), locked_chat AS (
    SELECT chats.leaf_id
      FROM locked_user
     CROSS JOIN chat.chats
     WHERE chats.id = :chat_id
       AND chats.user_id = :user_id
       FOR NO KEY UPDATE OF chats
), saved_chat AS (
    INSERT INTO chat.chats (id, user_id, title, agent, created_at, updated_at, last_read_at, leaf_id)
    SELECT :chat_id, locked_user.id, :title, :agent,
           question_time.said_at, question_time.said_at, question_time.said_at, :question_id
      FROM locked_user
     CROSS JOIN question_time
      LEFT JOIN locked_chat ON true
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
       AND (chats.deleted_at IS NULL OR CAST(:said_at AS timestamptz) IS NOT NULL)
    RETURNING chats.id, chats.agent, chats.moved_from, chats.uses_instructions, chats.xmax = 0 AS is_new_chat
), checked_chat AS MATERIALIZED (
    SELECT saved_chat.id, saved_chat.agent, saved_chat.moved_from, saved_chat.uses_instructions, saved_chat.is_new_chat,
           chat.place_of_question(chat.undeleted(saved_chat.id, :user_id), :question_id, :turn_id,
                                  CAST(:follows AS uuid), CAST(:is_beginning AS boolean),
                                  (SELECT locked_chat.leaf_id FROM locked_chat)) AS parent_id,
           CASE WHEN :file_ids <> ''
                THEN chat.claim_files(CAST(string_to_array(:file_ids, ',') AS uuid[]), saved_chat.id, :user_id,
                                      :question_id, CAST(:said_at AS timestamptz) IS NOT NULL)
            END AS claimed
      FROM saved_chat
), question AS (
    INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, attachments, content, created_at)
    SELECT :question_id, checked_chat.id, :user_id, checked_chat.parent_id, 'user', 'complete',
           CAST(:parts AS jsonb), CAST(:attachments AS jsonb), :content, question_time.said_at
      FROM checked_chat, question_time
        ON CONFLICT (id) DO UPDATE
       SET role = messages.role
), turn AS (
    INSERT INTO chat.turns (id, chat_id, user_id, question_id, agent, owner, started_at, asked_as)
    SELECT :turn_id, checked_chat.id, :user_id, :question_id, coalesce(:other_agent, checked_chat.agent), :owner,
           question_time.said_at, :asked_as
      FROM checked_chat, question_time
        ON CONFLICT (id) DO UPDATE
       SET owner = turns.owner
    RETURNING turns.agent, turns.xmax = 0 AS is_new
), new_move AS (
    INSERT INTO chat.moves (user_id, moved_at, chat_id, place)
    SELECT :user_id, locked_user.moved_at, checked_chat.id, checked_chat.moved_from
      FROM locked_user, checked_chat, turn
     WHERE turn.is_new
       AND NOT checked_chat.is_new_chat
), expired_moves AS (
    DELETE FROM chat.moves
     WHERE moves.user_id = :user_id
       AND moves.moved_at < now() - interval '1 day'
)
SELECT checked_chat.id AS chat_id, checked_chat.claimed, turn.agent, turn.is_new, checked_chat.is_new_chat,
       CASE WHEN checked_chat.uses_instructions
            THEN coalesce((SELECT instructions.content FROM chat.instructions
                            WHERE instructions.user_id = :user_id), '')
        END AS instructions
  FROM checked_chat, turn;

-- name: finish_turn
-- Store the answer and end its turn. A repeat changes nothing. A turn that another process has taken for dead and ended
-- as interrupted may still end as it really did: its answer replaces the interrupted one. No row when the chat was
-- deleted, and its turns with it. A chat in the trash gets its answer, and stays there.
-- Order of locks: the user, the chat, the turn, as in start_turn. delete_chat, too, locks the chat before its turns.
-- Two endings of one turn wait for each other at the user; the second finds the turn ended, and all that follows is
-- empty.
-- `locked_user` gives the move its time, and `locked_chat` keeps the chat's place before it.
-- `turn` is where it is decided who ends the turn: everything below depends on its row. :ended_at is as :said_at above,
-- and never before the start. The time to the first word is in the log, too, for who ends the turn of a dead process.
-- The last step moves the chat, and sets last_read_at before the end of the answer: its owner may have opened the chat
-- while the answer was being written, but has not seen it all. The open branch goes on to the answer where it still ends
-- with the question: a user who has opened another branch by then stays there.
WITH locked_user AS (
    UPDATE chat.users
       SET moved_at = chat.next_move(users.moved_at)
     WHERE users.id = :user_id
    RETURNING users.moved_at
), locked_chat AS (
    SELECT chats.id, chats.updated_at, locked_user.moved_at
      FROM locked_user
     CROSS JOIN chat.chats
      JOIN chat.turns ON turns.chat_id = chats.id
     WHERE turns.id = :turn_id
       AND turns.user_id = :user_id
       FOR NO KEY UPDATE OF chats
), turn AS (
    UPDATE chat.turns
       SET status = :status, failure = :failure,
           first_event_ms = coalesce(CAST(:first_event_ms AS integer),
                                     (SELECT max(turn_log.first_event_ms)
                                        FROM chat.turn_log
                                       WHERE turn_log.turn_id = turns.id)),
           ended_at = GREATEST(turns.started_at, LEAST(CAST(:ended_at AS timestamptz), locked_chat.moved_at))
      FROM locked_chat
     WHERE turns.id = :turn_id
       AND turns.chat_id = locked_chat.id
       AND turns.user_id = :user_id
       AND turns.status IN ('running', 'interrupted')
    RETURNING turns.id, turns.chat_id, turns.question_id, turns.agent, turns.ended_at,
              locked_chat.moved_at, locked_chat.updated_at AS place
), answer AS (
    INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, content, trace_id, usage,
                               model, agent, asked_as, created_at)
    SELECT turn.id, turn.chat_id, :user_id, turn.question_id, 'assistant', :status, CAST(:parts AS jsonb),
           :content, :trace_id, CAST(:usage AS jsonb), :model, turn.agent, :asked_as, turn.ended_at
      FROM turn
        ON CONFLICT (id) DO UPDATE
       SET status = EXCLUDED.status, parts = EXCLUDED.parts, content = EXCLUDED.content,
           trace_id = EXCLUDED.trace_id, usage = EXCLUDED.usage, model = EXCLUDED.model,
           asked_as = EXCLUDED.asked_as, created_at = EXCLUDED.created_at
     WHERE messages.status = 'interrupted'
       AND messages.user_id = EXCLUDED.user_id
), new_move AS (
    INSERT INTO chat.moves (user_id, moved_at, chat_id, place)
    SELECT :user_id, turn.moved_at, turn.chat_id, turn.place
      FROM turn
)
UPDATE chat.chats
   SET updated_at = GREATEST(chats.updated_at, turn.ended_at),
       last_read_at = LEAST(chats.last_read_at, turn.ended_at - interval '1 microsecond'),
       leaf_id = CASE WHEN chats.leaf_id = turn.question_id THEN turn.id ELSE chats.leaf_id END
  FROM turn
 WHERE chats.id = turn.chat_id
   AND chats.user_id = :user_id
RETURNING chats.id;

-- name: running_turn
-- The turn that runs in a chat of the user's own, or whose answer is shown in a shared chat, if there is one.
SELECT turns.id, turns.question_id, turns.owner, turns.agent, turns.asked_as,
       turns.waiting_since IS NOT NULL AS is_waiting
  FROM chat.turns
  JOIN chat.chats ON chats.id = turns.chat_id
 WHERE turns.chat_id = :chat_id
   AND (chats.user_id = :user_id OR chat.is_followed(chats.id, turns.question_id))
   AND chats.deleted_at IS NULL
   AND turns.status = 'running';

-- name: find_turn
-- The turn of an answer, while it runs and after it has ended: of the user's own, or of an answer that is shown in a
-- shared chat. The answers of a copied chat have no turns, so what is known comes from the message; where both exist, the
-- turn is the older one.
WITH answer AS (
    SELECT turns.id, turns.chat_id, turns.question_id, turns.agent, turns.started_at,
           turns.status = 'running' AS is_running
      FROM chat.turns
     WHERE turns.id = :turn_id
 UNION ALL
    SELECT messages.id, messages.chat_id, messages.parent_id, messages.agent, messages.created_at, false
      FROM chat.messages
     WHERE messages.id = :turn_id
       AND messages.role = 'assistant'
)
SELECT answer.id, answer.chat_id, answer.question_id, question.parent_id AS follows,
       coalesce(answer.agent, chats.agent) AS agent, answer.started_at
  FROM answer
  JOIN chat.chats ON chats.id = answer.chat_id
  LEFT JOIN chat.messages AS question ON question.id = answer.question_id
 WHERE (chats.user_id = :user_id
        OR (answer.is_running AND chat.is_followed(chats.id, answer.question_id))
        OR chat.is_shown(chats.id, answer.id))
   AND chats.deleted_at IS NULL
 ORDER BY answer.started_at
 LIMIT 1;

-- name: request_stop
-- Ask for the running turn of a chat to be stopped. The process that runs it looks for requests (list_stop_requests).
UPDATE chat.turns
   SET stop_requested_at = coalesce(turns.stop_requested_at, now())
 WHERE turns.chat_id = :chat_id
   AND turns.user_id = :user_id
   AND turns.status = 'running'
RETURNING turns.id;

-- name: park_turn
-- Let a turn of this process wait for its user, with no process. is_left is false if it is to be stopped. No row when it
-- has ended. One that another process has claimed, which takes place when this one was cut off from the database, is left
-- to that: it waits already, or its user has decided by then.
-- A process of a version before 0028 takes a turn that waits for dead, because nobody beats for it. So the beats of a day
-- are recorded beforehand: longer than two versions run side by side, and after a step back such a turn ends at last.
UPDATE chat.turns
   SET waiting_since = CASE WHEN turns.owner = :owner AND turns.stop_requested_at IS NULL
                            THEN now()
                            ELSE turns.waiting_since
                        END,
       heartbeat_at = CASE WHEN turns.owner = :owner AND turns.stop_requested_at IS NULL
                           THEN now() + interval '1 day'
                           ELSE turns.heartbeat_at
                       END
 WHERE turns.id = :turn_id
   AND turns.user_id = :user_id
   AND turns.status = 'running'
RETURNING turns.owner <> :owner OR turns.stop_requested_at IS NULL AS is_left;

-- name: claim_waiting_turn
-- Take over the turn of a chat that waits for its user. Of several processes one gets it. The time for which it has
-- waited does not count as part of it: its start moves by so much. The lock makes chat.join_users wait, which must not
-- give a turn that runs to another user.
WITH locked_user AS MATERIALIZED (
    SELECT users.id
      FROM chat.users
     WHERE users.id = :user_id
       FOR KEY SHARE
)
UPDATE chat.turns
   SET owner = :owner, heartbeat_at = now(), waiting_since = NULL,
       started_at = turns.started_at + (now() - turns.waiting_since)
  FROM locked_user, chat.chats
 WHERE turns.chat_id = :chat_id
   AND turns.user_id = :user_id
   AND turns.status = 'running'
   AND turns.waiting_since IS NOT NULL
   AND chats.id = turns.chat_id
   AND chats.user_id = :user_id
RETURNING turns.id, turns.question_id, turns.agent, turns.asked_as;
