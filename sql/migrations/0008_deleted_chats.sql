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
