-- Sharing until a time, and sharing what was said up to now and nothing later. The new columns rewrite no row. The index
-- is built while statements about chats wait: about a second for a million of them.

-- A chat is shared without limits where `visibility` is 'public'. A limited share leaves that at 'private' and sets
-- `shared_until`, which is 'infinity' for one without an end: an older version of the app, which knows no limits, shows
-- the chat to nobody. Of a snapshot, `shared_leaf_id` is the last message that readers see, and `shared_seq` its seq.
-- No foreign key: without its message a snapshot has to be empty, and ON DELETE SET NULL would make it a share of all.
-- `shared_at` is when it was last shared; not known of what an older version has shared.
ALTER TABLE chat.chats
  ADD COLUMN shared_at timestamptz,
  ADD COLUMN shared_until timestamptz,
  ADD COLUMN shared_leaf_id uuid,
  ADD COLUMN shared_seq bigint;

-- Whether others may read a chat at present; NULL is no, so that the planner finds the index below. The clock is the
-- database's, and nothing has to happen for a share to end.
CREATE FUNCTION chat.is_shared(visibility text, shared_until timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN visibility = 'public' OR shared_until > now();

DROP INDEX chat.chats_public;
CREATE INDEX chats_shared
    ON chat.chats (user_id, updated_at DESC, id DESC)
 WHERE deleted_at IS NULL AND (visibility = 'public' OR shared_until IS NOT NULL);

-- Whoever sets the visibility and no time of sharing ends the limits: the trash does, and an older version of the app,
-- where an owner would otherwise make a chat private in vain.
CREATE FUNCTION chat.end_limits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.shared_at := CASE WHEN NEW.visibility = 'public' THEN now() END;
    NEW.shared_until := NULL;
    NEW.shared_leaf_id := NULL;
    NEW.shared_seq := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER end_limits BEFORE UPDATE OF visibility ON chat.chats
   FOR EACH ROW WHEN (NEW.shared_at IS NOT DISTINCT FROM OLD.shared_at)
EXECUTE FUNCTION chat.end_limits();

-- Where the branch ends that the readers of a shared chat see. NULL where it is not shared, or holds nothing.
CREATE FUNCTION chat.shared_leaf(of_chat uuid) RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    leaf uuid;
BEGIN
    SELECT coalesce(chats.shared_leaf_id, chat.open_leaf(chats.id, chats.leaf_id)) INTO leaf
      FROM chat.chats
     WHERE chats.id = of_chat
       AND chats.deleted_at IS NULL
       AND chat.is_shared(chats.visibility, chats.shared_until);
    RETURN leaf;
END
$$;

-- Whether the readers of a shared chat see this message: no other branch, and nothing that came after a snapshot.
CREATE FUNCTION chat.is_shown(of_chat uuid, message uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM chat.branch(of_chat, chat.shared_leaf(of_chat), NULL, NULL) AS branch
                    WHERE branch.id = message);
END
$$;

-- Whether they see the answer to this question while it is being written.
CREATE FUNCTION chat.is_followed(of_chat uuid, question uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN question = chat.shared_leaf(of_chat)
       AND EXISTS (SELECT FROM chat.chats WHERE chats.id = of_chat AND chats.shared_leaf_id IS NULL);
END
$$;

-- Row-level security (see 0004) follows. It keeps back all that came after a snapshot, turns included, and asks no more
-- of a message than before. Whether a message is on the branch that is shown, the statements ask: a policy would walk
-- the whole branch for each message of it.
CREATE OR REPLACE FUNCTION chat.is_open(asked_id uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN current_setting('chat.scope', true) = 'shared'
       AND EXISTS (SELECT FROM chat.chats
                    WHERE chats.id = asked_id
                      AND chat.is_shared(chats.visibility, chats.shared_until)
                      AND chats.shared_leaf_id IS NULL
                      AND chats.deleted_at IS NULL);
END
$$;

CREATE FUNCTION chat.is_open(asked_id uuid, asked_seq bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN current_setting('chat.scope', true) = 'shared'
       AND EXISTS (SELECT FROM chat.chats
                    WHERE chats.id = asked_id
                      AND chat.is_shared(chats.visibility, chats.shared_until)
                      AND (chats.shared_leaf_id IS NULL OR asked_seq <= chats.shared_seq)
                      AND chats.deleted_at IS NULL);
END
$$;

CREATE OR REPLACE FUNCTION chat.shows_a_chat(sharer text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN current_setting('chat.scope', true) = 'shared'
       AND EXISTS (SELECT FROM chat.chats
                    WHERE chats.user_id = sharer
                      AND chat.is_shared(chats.visibility, chats.shared_until)
                      AND chats.deleted_at IS NULL);
END
$$;

ALTER POLICY reading ON chat.chats
 USING (chat.is_me(user_id)
        OR (current_setting('chat.scope', true) = 'shared'
            AND chat.is_shared(visibility, shared_until)
            AND deleted_at IS NULL));
ALTER POLICY reading ON chat.messages USING (chat.is_me(user_id) OR chat.is_open(chat_id, seq));
