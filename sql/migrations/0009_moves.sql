-- Pages of chats follow the order that the list had when the first page was read, although chats move to the top
-- meanwhile. For this, every move of a chat in the list is recorded with the place that the chat had before.

-- When one of the user's chats last moved. Every statement that moves a chat first updates this row, and so waits for
-- the move before it to be committed. Whoever reads a time here therefore sees all moves up to it and none after it.
ALTER TABLE chat.users ADD COLUMN moved_at timestamptz;

-- The place of a chat before its last move. start_turn needs the old updated_at after it has overwritten it, and a
-- statement cannot return old values in Postgres 16 and 17.
ALTER TABLE chat.chats ADD COLUMN moved_from timestamptz;

-- The places of chats before they moved, kept for a day. The beginning of a chat is no move. A row may outlive its
-- chat.
CREATE TABLE chat.moves (
    user_id  text        NOT NULL REFERENCES chat.users (id) ON DELETE CASCADE,
    moved_at timestamptz NOT NULL,
    chat_id  uuid        NOT NULL,
    place    timestamptz NOT NULL,
    PRIMARY KEY (user_id, moved_at, chat_id)
);

ALTER TABLE chat.moves ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.moves USING (chat.is_me(user_id));

-- The time of a move: later than the move before it, even if the clock was set back.
CREATE FUNCTION chat.next_move(last_move timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE
RETURN GREATEST(clock_timestamp(), last_move + interval '1 microsecond');
