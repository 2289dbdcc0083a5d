-- Row-level security, a second safeguard behind the conditions in the queries: other users' rows stay hidden even from
-- a query that forgets its condition. It is forced, so it also applies to the app's role, which owns the tables.
-- Before each statement, in the same round trip, the app sets the user (chat.user_id) and what the statement may see
-- (chat.scope):
--   own      the user's own rows; also when no scope is set
--   shared   for reading: in addition the chats that their owners made public
--   process  turns and their log, whoever their users are; never a chat, a message, a vote or a user
-- Without chat.user_id no row is anybody's own, because no user's id is empty.
-- A later migration that changes rows must first take FORCE from the table, and put it back afterwards. Without that it
-- would find no rows.

CREATE FUNCTION chat.is_me(owner text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN owner = current_setting('chat.user_id', true) AND owner <> '';

-- The next three are plpgsql functions so that they are called for each row that needs them. The planner could turn a
-- plain subquery in a policy into one that reads all public chats at once.
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

-- In each condition the cheap part comes first: for every row Postgres evaluates it from left to right.
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
-- On a table with policies Postgres checks the policies before a full-text condition of the query, which might
-- otherwise reveal hidden rows, and so cannot use an index for it. It can for a condition that is part of a policy.
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
