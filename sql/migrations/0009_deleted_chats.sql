-- Chats that were deleted stay deleted, and a question is answered again only where the chat still ends with it.

-- The ids of deleted chats and nothing else of them: no chat may begin under one again.
CREATE TABLE chat.deleted_chats (
    id         uuid        PRIMARY KEY,
    user_id    text        NOT NULL REFERENCES chat.users (id) ON DELETE CASCADE,
    deleted_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX deleted_chats_by_user ON chat.deleted_chats (user_id);

ALTER TABLE chat.deleted_chats ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.deleted_chats USING (chat.is_me(user_id));
-- The scope `deleted` is that of chat.deleter alone, which tells whose an id was without showing the row.
CREATE POLICY refusing ON chat.deleted_chats FOR SELECT USING (current_setting('chat.scope', true) = 'deleted');

-- As in 0008, with one table more: who is joined keeps what they deleted.
CREATE OR REPLACE FUNCTION chat.join_users(old_ids text[], new_ids text[]) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    asked CONSTANT integer := cardinality(old_ids);
BEGIN
    -- Whoever begins a turn or copies a chat touches their row here first: until this is done they wait. So no chat
    -- comes to an old id meanwhile, to be deleted with it.
    PERFORM FROM chat.users WHERE users.id = ANY (old_ids || new_ids) ORDER BY users.id FOR UPDATE;
    SELECT coalesce(array_agg(pair.old_id), '{}'), coalesce(array_agg(pair.new_id), '{}')
      INTO old_ids, new_ids
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE NOT EXISTS (SELECT FROM chat.turns WHERE turns.status = 'running' AND turns.user_id = pair.old_id);

    INSERT INTO chat.users AS known (id, email, name, created_at, last_seen_at)
    SELECT pair.new_id, (array_agg(users.email ORDER BY users.last_seen_at DESC))[1],
           (array_agg(users.name ORDER BY users.last_seen_at DESC))[1], min(users.created_at), max(users.last_seen_at)
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
      JOIN chat.users ON users.id = pair.old_id
     GROUP BY pair.new_id
        ON CONFLICT (id) DO UPDATE
       SET email = CASE WHEN EXCLUDED.last_seen_at > known.last_seen_at THEN EXCLUDED.email ELSE known.email END,
           name = CASE WHEN EXCLUDED.last_seen_at > known.last_seen_at THEN EXCLUDED.name ELSE known.name END,
           created_at = least(known.created_at, EXCLUDED.created_at),
           last_seen_at = greatest(known.last_seen_at, EXCLUDED.last_seen_at);

    UPDATE chat.chats SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE chats.user_id = pair.old_id;
    UPDATE chat.turns SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE turns.user_id = pair.old_id;
    UPDATE chat.messages SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE messages.user_id = pair.old_id;

    -- Of several votes of one person on one answer the last counts.
    DELETE FROM chat.votes
     USING (SELECT votes.message_id, votes.user_id,
                   row_number() OVER (PARTITION BY votes.message_id, coalesce(pair.new_id, votes.user_id)
                                          ORDER BY votes.updated_at DESC, votes.user_id) AS place
              FROM chat.votes
              LEFT JOIN unnest(old_ids, new_ids) AS pair (old_id, new_id) ON pair.old_id = votes.user_id
             WHERE votes.user_id = ANY (old_ids || new_ids)) AS cast_by_one
     WHERE votes.message_id = cast_by_one.message_id
       AND votes.user_id = cast_by_one.user_id
       AND cast_by_one.place > 1;
    UPDATE chat.votes SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE votes.user_id = pair.old_id;

    UPDATE chat.deleted_chats SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE deleted_chats.user_id = pair.old_id;

    DELETE FROM chat.users WHERE users.id = ANY (old_ids);
    RETURN cardinality(old_ids) = asked;
END
$$;

-- Whose chat an id was before it was deleted. VOLATILE, to see a deletion for which the calling statement waited.
-- (Only a superuser could have the scope set by a SET clause.)
CREATE FUNCTION chat.deleter(of_chat uuid) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    scope text := current_setting('chat.scope', true);
    found text;
BEGIN
    PERFORM set_config('chat.scope', 'deleted', true);
    SELECT deleted_chats.user_id INTO found FROM chat.deleted_chats WHERE deleted_chats.id = of_chat;
    PERFORM set_config('chat.scope', coalesce(scope, ''), true);
    RETURN found;
END
$$;

-- The id of a chat that was just made or locked. An error, which undoes the statement, where a chat was deleted under
-- it: so it is looked for after the chat, and a deletion at the same moment comes either before or after all of it.
CREATE FUNCTION chat.undeleted(of_chat uuid, asker text) RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    deleter text := chat.deleter(of_chat);
BEGIN
    IF deleter = asker THEN
        RAISE check_violation USING CONSTRAINT = 'chat_is_not_deleted';
    ELSIF deleter IS NOT NULL THEN
        RAISE check_violation USING CONSTRAINT = 'chat_is_ones_own';
    END IF;
    RETURN of_chat;
END
$$;

-- What a question hangs on: the newest message. Looked for after the chat was locked and, being VOLATILE, as things
-- are then: the statement that calls it began before, and would not see what was stored while it waited for the lock.
-- An error for a question that the chat has left behind, where another answer would take what was said since out of
-- the open branch; and for one that is to follow a message that is no longer the last. A turn that is there already
-- has its place.
CREATE FUNCTION chat.place_of_question(of_chat uuid, question uuid, turn uuid, follows uuid) RETURNS uuid
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    newest record;
BEGIN
    SELECT messages.id, messages.parent_id INTO newest
      FROM chat.messages WHERE messages.chat_id = of_chat ORDER BY messages.seq DESC LIMIT 1;
    IF ((follows IS NOT NULL AND newest.id IS DISTINCT FROM follows)
        OR (question NOT IN (newest.id, coalesce(newest.parent_id, newest.id))
            AND EXISTS (SELECT FROM chat.messages WHERE messages.id = question)))
       AND NOT EXISTS (SELECT FROM chat.turns WHERE turns.id = turn) THEN
        RAISE check_violation USING CONSTRAINT = 'chat_ends_there';
    END IF;
    RETURN newest.id;
END
$$;
