-- No write brings a deleted chat back, and a question is answered again only if the chat still ends with it.

-- The ids of deleted chats. Nothing else of them is kept, and no chat may begin under one of these ids again.
CREATE TABLE chat.deleted_chats (
    id         uuid        PRIMARY KEY,
    user_id    text        NOT NULL REFERENCES chat.users (id) ON DELETE CASCADE,
    deleted_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX deleted_chats_by_user ON chat.deleted_chats (user_id);

ALTER TABLE chat.deleted_chats ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.deleted_chats USING (chat.is_me(user_id));
-- Only chat.deleter sets the scope `deleted`. It tells whose chat an id was, which the user could not read otherwise.
CREATE POLICY refusing ON chat.deleted_chats FOR SELECT USING (current_setting('chat.scope', true) = 'deleted');

-- Whose chat an id was before it was deleted; NULL if none was. VOLATILE, so that it sees a deletion for which the
-- calling statement waited. The scope is set by hand because a SET clause for such a setting needs a superuser.
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

-- Returns the id that it is given, or raises an error, which undoes the statement, if a chat was deleted under that id.
-- The caller must have made or locked the chat before. A deletion at the same moment has then either been committed,
-- and is seen here, or waits for the caller's lock, and deletes what the caller has written.
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

-- The message that a question follows: the newest of the chat. The caller has locked the chat. VOLATILE, so that it
-- sees what was stored while the caller waited for the lock. Raises an error if the question exists and is no longer
-- the last one of the chat: a second answer to it would take all messages after the first answer out of the open
-- branch. Also if the question is to follow a message that is no longer the last. A turn that exists already is a
-- repeat, for which nothing is checked.
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
