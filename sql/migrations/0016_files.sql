-- The files that people attach to their questions. What is told of a file stands with its message (messages.attachments, by
-- the file's id), so whoever lists or searches messages never reads a file.

-- What this and the next migrations change, locked at once and in one order: they run in one transaction, and a statement
-- of a running app that used the tables one after the other could otherwise wait for it in a circle.
LOCK TABLE chat.users, chat.chats, chat.messages IN ACCESS EXCLUSIVE MODE;

-- The bytes are in `content` or, where the app has a Volume, in the object `volume_path`. A copied chat has rows of its
-- own; rows of several copies may name the same object. A file is stored before its question is asked: until then it
-- has no chat. EXTERNAL: most files are compressed already.
CREATE TABLE chat.files (
    id           uuid        PRIMARY KEY,
    chat_id      uuid        REFERENCES chat.chats (id) ON DELETE CASCADE,
    user_id      text        NOT NULL REFERENCES chat.users (id) ON DELETE CASCADE,
    name         text        NOT NULL,
    content_type text        NOT NULL,
    size_bytes   integer     NOT NULL,
    content      bytea,
    volume_path  text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bytes_are_in_one_place CHECK ((content IS NULL) <> (volume_path IS NULL))
);
ALTER TABLE chat.files ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE INDEX files_of_chat ON chat.files (chat_id);
CREATE INDEX files_by_user ON chat.files (user_id);
CREATE INDEX files_unclaimed ON chat.files (created_at) WHERE chat_id IS NULL;
CREATE INDEX files_in_volume ON chat.files (volume_path) WHERE volume_path IS NOT NULL;

-- Few messages have attachments. By this index, those of a chat are found without reading the others.
CREATE INDEX messages_with_attachments ON chat.messages (chat_id) WHERE attachments <> '[]';

-- Objects of the Volume to remove once `due_at` has come, unless a file names them by then. An object is noted here before
-- it is written, so that none is left behind by a process that dies before the file is stored, and again when a file
-- that names it is deleted.
CREATE TABLE chat.volume_removals (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    volume_path text        NOT NULL,
    due_at      timestamptz NOT NULL
);
CREATE INDEX volume_removals_due ON chat.volume_removals (due_at);

-- Five minutes are more than any statement takes: a copy of the chat that is being made at this moment names the object
-- by then.
CREATE FUNCTION chat.remove_object() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chat.volume_removals (volume_path, due_at) VALUES (OLD.volume_path, now() + interval '5 minutes');
    RETURN NULL;
END
$$;
CREATE TRIGGER remove_object AFTER DELETE ON chat.files
   FOR EACH ROW WHEN (OLD.volume_path IS NOT NULL) EXECUTE FUNCTION chat.remove_object();

-- Whether a file belongs to a message that the asker may read. Row-level security applies in here, too.
CREATE FUNCTION chat.is_attached(asked_id uuid, of_chat uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN current_setting('chat.scope', true) = 'shared'
       AND EXISTS (SELECT FROM chat.messages
                    WHERE messages.chat_id = of_chat AND messages.attachments <> '[]'
                      AND messages.attachments @> jsonb_build_array(jsonb_build_object('id', asked_id)));
END
$$;

ALTER TABLE chat.files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON chat.files FOR SELECT USING (chat.is_me(user_id) OR chat.is_attached(id, chat_id));
CREATE POLICY adding ON chat.files FOR INSERT WITH CHECK (chat.is_me(user_id));
CREATE POLICY changing ON chat.files FOR UPDATE USING (chat.is_me(user_id));
CREATE POLICY removing ON chat.files FOR DELETE USING (chat.is_me(user_id));

-- Whoever stores or deletes a file notes its object here; only housekeeping, which acts for everybody, sees the notes.
ALTER TABLE chat.volume_removals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY noting ON chat.volume_removals FOR INSERT WITH CHECK (true);
CREATE POLICY reading ON chat.volume_removals FOR SELECT USING (current_setting('chat.scope', true) = 'people');
CREATE POLICY changing ON chat.volume_removals FOR UPDATE USING (current_setting('chat.scope', true) = 'people');
CREATE POLICY removing ON chat.volume_removals FOR DELETE USING (current_setting('chat.scope', true) = 'people');

-- Put files into the chat of the question that they are attached to. They must be the owner's, and in that chat already or
-- in none; otherwise an error undoes the calling statement. Not if the question is stored already, or had to wait for
-- the database (`lenient`): then it goes without the files that are gone. The caller has locked the chat. VOLATILE, so
-- that it sees the chat if the calling statement has made it.
CREATE FUNCTION chat.claim_files(file_ids uuid[], of_chat uuid, owner text, question uuid, lenient boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE chat.files SET chat_id = of_chat
     WHERE files.id = ANY (file_ids) AND files.user_id = owner AND files.chat_id IS NULL;
    IF NOT lenient
       AND (SELECT count(1) FROM chat.files
             WHERE files.id = ANY (file_ids) AND files.user_id = owner AND files.chat_id = of_chat)
           < (SELECT count(DISTINCT asked.id) FROM unnest(file_ids) AS asked (id))
       AND NOT EXISTS (SELECT FROM chat.messages WHERE messages.id = question) THEN
        RAISE check_violation USING CONSTRAINT = 'file_is_there';
    END IF;
END
$$;

-- As in 0010, and files go with their owner.
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
    UPDATE chat.files SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE files.user_id = pair.old_id;

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

    UPDATE chat.moves SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE moves.user_id = pair.old_id;
    UPDATE chat.identities SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE identities.user_id = pair.old_id;
    UPDATE chat.deleted_chats SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE deleted_chats.user_id = pair.old_id;

    DELETE FROM chat.users WHERE users.id = ANY (old_ids);
    RETURN cardinality(old_ids) = asked;
END
$$;
