-- Search in messages and titles, archived and pinned chats, and votes on answers.

-- The words that the running statement searches for, from the setting chat.search; NULL when it searches for nothing.
-- The last word may be unfinished.
-- The function reads a setting and is declared IMMUTABLE all the same. The planner then computes it before it plans, so
-- the policy of 0004 that uses it disappears from every statement that searches for nothing. This is safe as long as a
-- statement that searches is planned each time it runs: a prepared one would keep the words of its first search.
CREATE FUNCTION chat.searched() RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    asked text := current_setting('chat.search', true);
    words text;
BEGIN
    IF asked IS NULL OR asked = '' THEN
        RETURN NULL;
    END IF;
    words := CAST(websearch_to_tsquery('simple', asked) AS text);
    IF words LIKE '%''' AND asked ~ '\w$' THEN
        words := words || ':*';
    END IF;
    RETURN CAST(nullif(words, '') AS tsquery);
END
$$;

-- A tsvector holds at most a megabyte. The words of 100,000 characters always fit.
ALTER TABLE chat.messages
  ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', left(content, 100000))) STORED;
ALTER TABLE chat.chats
  ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', left(title, 1000))) STORED;

-- With the extension btree_gin the index begins with the owner: a word that all users write costs each of them only
-- their own messages. Where the extension cannot be had, the index is of the words alone.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA chat;
    CREATE INDEX messages_by_word ON chat.messages USING gin (user_id, search) WITH (gin_pending_list_limit = 256);
EXCEPTION
    WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
        CREATE INDEX messages_by_word ON chat.messages USING gin (search) WITH (gin_pending_list_limit = 256);
END
$$;

-- A user's messages, the newest first: a common word is soon found among the last of them, without the index of words.
CREATE INDEX messages_by_user ON chat.messages (user_id, seq DESC);

DROP INDEX chat.chats_by_activity;
CREATE INDEX chats_by_activity
    ON chat.chats (user_id, updated_at DESC, id DESC)
 WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX chats_archived
    ON chat.chats (user_id, updated_at DESC, id DESC)
 WHERE deleted_at IS NULL AND archived_at IS NOT NULL;
CREATE INDEX chats_pinned
    ON chat.chats (user_id, pinned_at DESC, id DESC)
 WHERE deleted_at IS NULL AND pinned_at IS NOT NULL;
CREATE INDEX chats_public
    ON chat.chats (user_id)
 WHERE deleted_at IS NULL AND visibility = 'public';

CREATE TABLE chat.votes (
    chat_id    uuid        NOT NULL REFERENCES chat.chats (id) ON DELETE CASCADE,
    message_id uuid        NOT NULL REFERENCES chat.messages (id) ON DELETE CASCADE,
    user_id    text        NOT NULL,
    is_upvoted boolean     NOT NULL,
    comment    text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, user_id)
);

CREATE INDEX votes_by_chat ON chat.votes (chat_id, user_id);
