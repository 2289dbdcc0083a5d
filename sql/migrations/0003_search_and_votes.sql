-- Search over what was said, chats put aside or pinned, and votes on answers.

-- The words that the running statement searches for; NULL when it searches for none. The last word may be unfinished.
-- It is declared IMMUTABLE, and is not quite: so the planner puts its value in before it plans, and a policy that
-- asks for it (see 0004) vanishes from statements that search for nothing. Statements are planned each time they run.
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

-- A tsvector holds a megabyte at most; so many characters always fit.
ALTER TABLE chat.messages
  ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', left(content, 100000))) STORED;
ALTER TABLE chat.chats
  ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', left(title, 1000))) STORED;

-- With btree_gin the owner is part of the index, and a word that everybody uses costs no more than one's own share.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA chat;
    CREATE INDEX messages_by_word ON chat.messages USING gin (user_id, search) WITH (gin_pending_list_limit = 256);
EXCEPTION
    WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
        CREATE INDEX messages_by_word ON chat.messages USING gin (search) WITH (gin_pending_list_limit = 256);
END
$$;

-- The same words, the newest first: a common one is soon found in the user's last messages.
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
