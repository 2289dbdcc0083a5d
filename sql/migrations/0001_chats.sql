-- Chats, their messages and the turns that make them. Forward only; runs on Postgres 16 and 17.

CREATE SCHEMA IF NOT EXISTS chat;

CREATE TABLE chat.users (
    id           text        PRIMARY KEY,
    email        text,
    name         text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE chat.chats (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      text        NOT NULL REFERENCES chat.users (id) ON DELETE CASCADE,
    title        text        NOT NULL DEFAULT 'New chat',
    title_source text        NOT NULL DEFAULT 'question' CHECK (title_source IN ('question', 'model', 'user')),
    visibility   text        NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'public')),
    agent        text,
    pinned_at    timestamptz,
    archived_at  timestamptz,
    deleted_at   timestamptz,
    last_read_at timestamptz NOT NULL DEFAULT now(),
    last_context jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX chats_by_activity
    ON chat.chats (user_id, updated_at DESC, id DESC)
 WHERE deleted_at IS NULL;

-- parent_id makes a chat's messages a tree: a second answer to a question is a sibling of the first and replaces
-- nothing. Messages are ordered by seq and never by time, because all rows that one transaction writes have the same
-- now().
CREATE TABLE chat.messages (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    chat_id     uuid        NOT NULL REFERENCES chat.chats (id) ON DELETE CASCADE,
    user_id     text        NOT NULL,
    parent_id   uuid        REFERENCES chat.messages (id) ON DELETE CASCADE,
    seq         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    role        text        NOT NULL CHECK (role IN ('system', 'user', 'assistant', 'tool')),
    status      text        NOT NULL CHECK (status IN ('complete', 'stopped', 'interrupted', 'failed')),
    parts       jsonb       NOT NULL DEFAULT '[]',
    attachments jsonb       NOT NULL DEFAULT '[]',
    content     text        NOT NULL DEFAULT '',
    trace_id    text,
    usage       jsonb,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX messages_in_order ON chat.messages (chat_id, seq);
CREATE INDEX messages_by_parent ON chat.messages (parent_id);

-- A turn's id is the id of the message that it writes when it ends.
CREATE TABLE chat.turns (
    id                uuid        PRIMARY KEY,
    chat_id           uuid        NOT NULL REFERENCES chat.chats (id) ON DELETE CASCADE,
    user_id           text        NOT NULL,
    question_id       uuid        NOT NULL REFERENCES chat.messages (id) ON DELETE CASCADE,
    status            text        NOT NULL DEFAULT 'running'
                                  CHECK (status IN ('running', 'complete', 'stopped', 'interrupted', 'failed')),
    agent             text,
    owner             text        NOT NULL,
    heartbeat_at      timestamptz NOT NULL DEFAULT now(),
    stop_requested_at timestamptz,
    first_event_ms    integer,
    started_at        timestamptz NOT NULL DEFAULT now(),
    ended_at          timestamptz
);

CREATE UNIQUE INDEX one_running_turn_a_chat ON chat.turns (chat_id) WHERE status = 'running';
CREATE INDEX turns_by_chat ON chat.turns (chat_id);
CREATE INDEX turns_by_question ON chat.turns (question_id);
CREATE INDEX messages_system ON chat.messages (chat_id) WHERE role = 'system';
