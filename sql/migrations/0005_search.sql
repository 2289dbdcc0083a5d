-- Search that stays fast with millions of messages, and finds the words in code, addresses and names of tables. This
-- migration rewrites every message, which takes two minutes for a million of them.

-- Postgres' parser takes main.sales.orders for the name of a host, /a/b for a file, and ignores <b> as a tag. With
-- spaces for the signs, each of them is indexed as its words.
CREATE FUNCTION chat.spaced(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(said, '<&/.@:', '      ');

-- What a user typed, as a tsquery; NULL when there are no words in it, or only words to be excluded. The last word may
-- be unfinished if it ends in three letters or digits, or in one character of a script that is written without spaces:
-- fewer letters are the beginning of too many words.
CREATE FUNCTION chat.words(asked text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words tsquery := websearch_to_tsquery('simple', chat.spaced(asked));
BEGIN
    IF querytree(words) IN ('', 'T') THEN
        RETURN NULL;
    END IF;
    IF CAST(words AS text) LIKE '%''' AND asked ~ '([[:alnum:]]{3}|[\u2e80-\uffdc])$' AND asked !~ '(^|\s)-\S*$' THEN
        RETURN CAST(CAST(words AS text) || ':*' AS tsquery);
    END IF;
    RETURN words;
END
$$;

CREATE OR REPLACE FUNCTION chat.searched() RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    asked text := current_setting('chat.search', true);
BEGIN
    IF asked IS NULL OR asked = '' THEN
        RETURN NULL;
    END IF;
    RETURN chat.words(asked);
END
$$;

-- The same for titles, in the scope `titles` only. A search of messages, which runs in another scope, reads the chats
-- of its hits as well, and must not have them filtered by their titles. It does not call chat.searched(), because the
-- plan of this function would keep the value of the first call.
CREATE FUNCTION chat.searched_titles() RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF current_setting('chat.scope', true) = 'titles' THEN
        RETURN chat.words(current_setting('chat.search', true));
    END IF;
    RETURN NULL;
END
$$;

-- More memory for building the indexes. It is set back at the end of this transaction.
SET LOCAL maintenance_work_mem = '256MB';

DROP POLICY searched ON chat.messages;
ALTER TABLE chat.messages DROP COLUMN search;
ALTER TABLE chat.messages
  ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', chat.spaced(left(content, 100000)))) STORED;
ALTER TABLE chat.chats DROP COLUMN search;
ALTER TABLE chat.chats
  ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', chat.spaced(left(title, 1000)))) STORED;

CREATE POLICY searched ON chat.messages AS RESTRICTIVE FOR SELECT
 USING (chat.searched() IS NULL OR search @@ chat.searched());
CREATE POLICY searched ON chat.chats AS RESTRICTIVE FOR SELECT
 USING (chat.searched_titles() IS NULL OR search @@ chat.searched_titles());

-- The extension btree_gin exists if 0003 could create it. If not, its operator class is missing here.
DO $$
BEGIN
    CREATE INDEX messages_by_word ON chat.messages USING gin (user_id, search) WITH (gin_pending_list_limit = 256);
    CREATE INDEX chats_by_word ON chat.chats USING gin (user_id, search) WITH (gin_pending_list_limit = 256);
EXCEPTION
    WHEN undefined_object THEN
        CREATE INDEX messages_by_word ON chat.messages USING gin (search) WITH (gin_pending_list_limit = 256);
        CREATE INDEX chats_by_word ON chat.chats USING gin (search) WITH (gin_pending_list_limit = 256);
END
$$;
