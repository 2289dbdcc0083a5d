-- Row-level security: the second wall. A statement that forgets its owner finds nothing, the app's own role included.
-- Each statement says beforehand, in the same round trip, whose it is (chat.user_id) and what it may see (chat.scope):
--   own      the user's own rows; what holds where nothing else is said
--   shared   to read: also chats that their owners made public
--   process  turns and their log, whoever their users are; never a chat, a message, a vote or a user
-- Without a chat.user_id nothing is own: no user's id is empty.
-- A later migration that changes rows must take the force away first and put it back: its role owns the tables.

CREATE FUNCTION chat.is_me(owner text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN owner = current_setting('chat.user_id', true) AND owner <> '';

-- As a function, so that it is looked up for each row that needs it and never for all public chats at once.
CREATE FUNCTION chat.is_open(asked_id uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN current_setting('chat.scope', true) = 'shared'
       AND EXISTS (SELECT FROM chat.chats
                    WHERE chats.id = asked_id AND chats.visibility = 'public' AND chats.deleted_at IS NULL);
END
$$;

CREATE FUNCTION chat.shows_a_chat(sharer text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN current_setting('chat.scope', true) = 'shared'
       AND EXISTS (SELECT FROM chat.chats
                    WHERE chats.user_id = sharer AND chats.visibility = 'public' AND chats.deleted_at IS NULL);
END
$$;

CREATE FUNCTION chat.is_turn_visible(asked_id uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM chat.turns WHERE turns.id = asked_id);
END
$$;

ALTER TABLE chat.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE chat.chats ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE chat.messages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE chat.turns ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE chat.turn_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE chat.votes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- What is cheap to know stands first in each condition: Postgres asks from left to right, for every row.
CREATE POLICY reading ON chat.users FOR SELECT USING (chat.is_me(id) OR chat.shows_a_chat(id));
CREATE POLICY adding ON chat.users FOR INSERT WITH CHECK (chat.is_me(id));
CREATE POLICY changing ON chat.users FOR UPDATE USING (chat.is_me(id));
CREATE POLICY removing ON chat.users FOR DELETE USING (chat.is_me(id));

CREATE POLICY reading ON chat.chats FOR SELECT
 USING (chat.is_me(user_id)
        OR (current_setting('chat.scope', true) = 'shared' AND visibility = 'public' AND deleted_at IS NULL));
CREATE POLICY adding ON chat.chats FOR INSERT WITH CHECK (chat.is_me(user_id));
CREATE POLICY changing ON chat.chats FOR UPDATE USING (chat.is_me(user_id));
CREATE POLICY removing ON chat.chats FOR DELETE USING (chat.is_me(user_id));

CREATE POLICY reading ON chat.messages FOR SELECT USING (chat.is_me(user_id) OR chat.is_open(chat_id));
CREATE POLICY adding ON chat.messages FOR INSERT WITH CHECK (chat.is_me(user_id));
CREATE POLICY changing ON chat.messages FOR UPDATE USING (chat.is_me(user_id));
CREATE POLICY removing ON chat.messages FOR DELETE USING (chat.is_me(user_id));
-- Behind a policy Postgres uses no index for a full-text condition, which might tell of rows that are hidden,
-- unless the condition is part of the policies itself.
CREATE POLICY searched ON chat.messages AS RESTRICTIVE FOR SELECT
 USING (chat.searched() IS NULL OR search @@ chat.searched());

CREATE POLICY reading ON chat.turns FOR SELECT
 USING (chat.is_me(user_id) OR current_setting('chat.scope', true) = 'process' OR chat.is_open(chat_id));
CREATE POLICY adding ON chat.turns FOR INSERT WITH CHECK (chat.is_me(user_id));
CREATE POLICY changing ON chat.turns FOR UPDATE
 USING (chat.is_me(user_id) OR current_setting('chat.scope', true) = 'process');
CREATE POLICY removing ON chat.turns FOR DELETE USING (chat.is_me(user_id));

CREATE POLICY reading ON chat.turn_log FOR SELECT
 USING (current_setting('chat.scope', true) = 'process' OR chat.is_turn_visible(turn_id));
CREATE POLICY writing ON chat.turn_log USING (current_setting('chat.scope', true) = 'process');

CREATE POLICY own ON chat.votes USING (chat.is_me(user_id));
