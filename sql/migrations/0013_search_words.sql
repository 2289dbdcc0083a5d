-- Search as people type: without regard to accents, in other forms of a word (sale, sales), in titles with a typo.
-- No table is rewritten: `search` stops being generated, triggers fill it, and the app writes the rows of before anew in
-- batches, in the background (chat.index_more). Until then these are found by the words that they were found by.

-- No accents, and small letters. й is a letter of its own; other marks than U+0300 to U+036F belong to their letters.
-- lib/store/folding.py does the same in memory. The extension unaccent is not used: it may not be there, and then the
-- same search would find something else.
CREATE FUNCTION chat.unaccented(said text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF octet_length(said) = length(said) THEN
        RETURN lower(said);
    END IF;
    said := replace(replace(normalize(said, NFD), U&'\0438\0306', 'й'), U&'\0418\0306', 'Й');
    said := lower(normalize(regexp_replace(said, '[\u0300-\u036f]+', '', 'g'), NFC));
    said := replace(replace(replace(replace(said, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    RETURN translate(said, 'øđðłıħς', 'oddlihσ');
END
$$;

-- The forms of a word, for the language of the setting SEARCH_LANGUAGE. Without stop words: who searches for "to be or
-- not to be" is to find it. chat.set_search_language() changes both.
CREATE TEXT SEARCH DICTIONARY chat.stem (TEMPLATE = pg_catalog.snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION chat.language (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION chat.language
  ALTER MAPPING FOR asciiword, word, asciihword, hword, hword_asciipart, hword_part WITH chat.stem;

-- The words of a text as they stand there, and beside them their stems, without places: a phrase is looked for as it is
-- written. A tsvector holds a megabyte at most; a text of so many bytes is indexed without stems.
CREATE FUNCTION chat.vector(said text) RETURNS tsvector LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    plain text := chat.spaced(chat.unaccented(left(said, 100000)));
BEGIN
    IF octet_length(plain) > 200000 THEN
        RETURN to_tsvector('simple', plain);
    END IF;
    RETURN to_tsvector('simple', plain) || strip(to_tsvector('chat.language', plain));
END
$$;

-- A word, and all that is left of it without one of its letters. Two words of which these meet differ by a letter that is
-- missing, wrong, or too many, or by two neighbours that are swapped. Not for short words and numbers, which would meet
-- too many. With a mark that no word has in front, so that other searches do not find them.
CREATE FUNCTION chat.near(word text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(word) BETWEEN 4 AND 30 AND word !~ '[0-9]'
            THEN (SELECT array_agg(DISTINCT '~' || left(word, place - 1) || substr(word, place + 1))
                    FROM generate_series(1, length(word) + 1) AS place) END;

CREATE FUNCTION chat.title_vector(said text) RETURNS tsvector LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    plain text := chat.spaced(chat.unaccented(left(said, 1000)));
    near text[];
BEGIN
    SELECT array_agg(DISTINCT form) INTO near
      FROM unnest(tsvector_to_array(to_tsvector('simple', plain))) AS word, unnest(chat.near(word)) AS form;
    RETURN chat.vector(plain) || array_to_tsvector(coalesce(near, '{}'));
END
$$;

-- The words of a tsquery in their order, each with what stands before it and after it.
CREATE FUNCTION chat.parts(query tsquery)
RETURNS TABLE (place bigint, before text, word text, after text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT part.place, part.found[1], part.found[2], lead(part.found[1], 1, '') OVER (ORDER BY part.place)
  FROM regexp_matches(CAST(query AS text), '([^'']*)(''(?:[^'']|'''')*'')', 'g') WITH ORDINALITY AS part (found, place)
$$;

-- A search as people write it; NULL when there is nothing to look for, or only what is to be left out. Each word stands
-- for its stem as well, and for itself with its accents, as rows of before hold it; in a phrase only for the latter.
-- Its last word may be unfinished once it has three letters, or one of a script that writes no spaces: fewer begin too
-- many words. `lenient`: words but those of phrases and those to be left out may have a typo.
-- It is declared IMMUTABLE although it depends on the language, so that the planner puts its value in (see 0003).
CREATE FUNCTION chat.asked(asked text, lenient boolean) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    plain text := chat.spaced(chat.unaccented(asked));
    words tsquery := websearch_to_tsquery('simple', plain);
    stems tsquery := websearch_to_tsquery('chat.language', plain);
    former tsquery := websearch_to_tsquery('simple', chat.spaced(asked));
    beginning text := '';
    expanded text;
BEGIN
    IF querytree(words) IN ('', 'T') THEN
        RETURN NULL;
    END IF;
    IF CAST(words AS text) LIKE '%''' AND asked ~ '([[:alnum:]]{3}|[\u2e80-\uffdc])$' AND asked !~ '(^|\s)-\S*$' THEN
        beginning := ':*';
    END IF;
    SELECT string_agg(part.before || '(' || concat_ws(' | ',
               part.word || CASE WHEN part.is_last THEN beginning ELSE '' END,
               CASE WHEN NOT part.in_phrase THEN nullif(stem.word, part.word) END,
               nullif(old.word, part.word) || CASE WHEN part.is_last THEN beginning ELSE '' END,
               CASE WHEN lenient AND NOT part.in_phrase AND part.before !~ '!' THEN part.near END) || ')',
           '' ORDER BY part.place)
      INTO expanded
      FROM (SELECT each.place, each.before, each.word, each.place = max(each.place) OVER () AS is_last,
                   each.before LIKE '%> ' OR each.after LIKE ' <%' AS in_phrase,
                   '''' || array_to_string(chat.near(trim(each.word, '''')), ''' | ''') || '''' AS near
              FROM chat.parts(words) AS each) AS part
      LEFT JOIN chat.parts(stems) AS stem ON stem.place = part.place AND numnode(stems) = numnode(words)
      LEFT JOIN chat.parts(former) AS old ON old.place = part.place AND numnode(former) = numnode(words);
    RETURN CAST(expanded || substring(CAST(words AS text) FROM '[^'']*$') AS tsquery);
END
$$;

-- The same names as before: an old version of the app that still runs searches in the same way.
CREATE OR REPLACE FUNCTION chat.words(asked text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN chat.asked(asked, false);
END
$$;

-- One more scope, `similar`: titles that may have a typo.
CREATE OR REPLACE FUNCTION chat.searched_titles() RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    CASE current_setting('chat.scope', true)
        WHEN 'titles' THEN RETURN chat.asked(current_setting('chat.search', true), false);
        WHEN 'similar' THEN RETURN chat.asked(current_setting('chat.search', true), true);
        ELSE RETURN NULL;
    END CASE;
END
$$;

CREATE FUNCTION chat.index_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := chat.vector(NEW.content);
    RETURN NEW;
END
$$;

CREATE FUNCTION chat.index_title() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := chat.title_vector(NEW.title);
    RETURN NEW;
END
$$;

ALTER TABLE chat.messages ALTER COLUMN search DROP EXPRESSION;
ALTER TABLE chat.chats ALTER COLUMN search DROP EXPRESSION;
CREATE TRIGGER index_message BEFORE INSERT OR UPDATE OF content ON chat.messages
   FOR EACH ROW EXECUTE FUNCTION chat.index_message();
CREATE TRIGGER index_title BEFORE INSERT OR UPDATE OF title ON chat.chats
   FOR EACH ROW EXECUTE FUNCTION chat.index_title();

-- In which language, and how far rows are written anew: first the chats, then the messages, by chat. What is written
-- from now on has the words of now. One row; nobody's, so it has no wall.
CREATE TABLE chat.search_index (
    is_the_one  boolean     PRIMARY KEY DEFAULT true CHECK (is_the_one),
    language    text        NOT NULL,
    is_complete boolean     NOT NULL DEFAULT false,
    has_titles  boolean     NOT NULL DEFAULT false,
    after_chat  uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    after_seq   bigint      NOT NULL DEFAULT 0,
    changed_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO chat.search_index (language, is_complete)
SELECT 'english', NOT EXISTS (SELECT FROM chat.schema_migrations WHERE version = 10 AND applied_at < now());

-- Change the language, and have all rows written anew. Whether it was another.
CREATE FUNCTION chat.set_search_language(new_language text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    dictionary text := 'chat.stem';
BEGIN
    PERFORM FROM chat.search_index WHERE language IS DISTINCT FROM new_language FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF new_language = 'simple' THEN
        dictionary := 'pg_catalog.simple';
    ELSE
        EXECUTE format('ALTER TEXT SEARCH DICTIONARY chat.stem (Language = %I)', new_language);
    END IF;
    EXECUTE 'ALTER TEXT SEARCH CONFIGURATION chat.language ALTER MAPPING FOR asciiword, word, asciihword, hword, '
            'hword_asciipart, hword_part WITH ' || dictionary;
    UPDATE chat.search_index
       SET language = new_language, is_complete = false, has_titles = false, after_seq = 0, changed_at = now(),
           after_chat = '00000000-0000-0000-0000-000000000000';
    RETURN true;
END
$$;

-- Index the next rows again, in one short transaction. Returns how many rows it took at most, NULL when nothing is left
-- to do, and 0 when it is too early or another process is at it: only one does this at a time. It is too early until
-- every transaction that began under the former language has ended. Call it in the scope `people`, which sees all rows.
CREATE FUNCTION chat.index_more(batch integer, seconds integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    state chat.search_index;
    last record;
BEGIN
    SELECT * INTO state FROM chat.search_index
     WHERE NOT is_complete AND changed_at < clock_timestamp() - make_interval(secs => seconds)
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN (SELECT 0 FROM chat.search_index WHERE NOT is_complete);
    END IF;
    IF NOT state.has_titles THEN
        WITH next AS (
            SELECT chats.id FROM chat.chats WHERE chats.id > state.after_chat ORDER BY chats.id LIMIT batch
        ), changed AS (
            UPDATE chat.chats SET search = chat.title_vector(chats.title) FROM next WHERE chats.id = next.id
        )
        SELECT next.id INTO last FROM next ORDER BY next.id DESC LIMIT 1;
        UPDATE chat.search_index
           SET has_titles = last.id IS NULL,
               after_chat = coalesce(last.id, '00000000-0000-0000-0000-000000000000');
        RETURN batch;
    END IF;
    WITH next AS (
        SELECT messages.id, messages.chat_id, messages.seq
          FROM chat.messages
         WHERE (messages.chat_id, messages.seq) > (state.after_chat, state.after_seq)
         ORDER BY messages.chat_id, messages.seq
         LIMIT batch
    ), changed AS (
        UPDATE chat.messages SET search = chat.vector(messages.content) FROM next WHERE messages.id = next.id
    )
    SELECT next.chat_id, next.seq INTO last FROM next ORDER BY next.chat_id DESC, next.seq DESC LIMIT 1;
    UPDATE chat.search_index
       SET is_complete = last.chat_id IS NULL,
           after_chat = coalesce(last.chat_id, state.after_chat),
           after_seq = coalesce(last.seq, state.after_seq);
    RETURN CASE WHEN last.chat_id IS NOT NULL THEN batch END;
END
$$;
