-- Search that stays quick with millions of messages, and finds the words in code, addresses and names of tables.
-- It writes every message anew: two minutes for a million of them.

-- To Postgres main.sales.orders is a host, /a/b a file and <b> a tag that says nothing; here each is its words.
CREATE FUNCTION chat.spaced(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(said, '<&/.@:', '      ');

-- A search as people write it; NULL when there is nothing to look for, or only what is to be left out. Its last word
-- may be unfinished once it has three letters, or one of a script that writes no spaces: fewer begin too many words.
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

-- The same for titles. A scope of their own, `titles`, lets other searches still read the chats of what they find.
-- It does not call chat.searched(), whose value would be kept with the plan of this function.
CREATE FUNCTION chat.searched_titles() RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF current_setting('chat.scope', true) = 'titles' THEN
        RETURN chat.words(current_setting('chat.search', true));
    END IF;
    RETURN NULL;
END
$$;

-- For the indexes: until the end of this transaction.
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

-- The extension is there since the last search, or may not be.
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
