-- A walk through pages of chats goes through the list as it stood at its first page, whatever moves meanwhile.

-- When a person's chats last moved. Each move of theirs waits here for the one before it: so who sees one of these
-- times sees all moves up to it and none after.
ALTER TABLE chat.users ADD COLUMN moved_at timestamptz;

-- Where a chat stood until its last move: start_turn cannot look before it has moved it.
ALTER TABLE chat.chats ADD COLUMN moved_from timestamptz;

-- Where chats stood before they moved, for a day; no row for their beginning. A row may outlive its chat.
CREATE TABLE chat.moves (
    user_id  text        NOT NULL REFERENCES chat.users (id) ON DELETE CASCADE,
    moved_at timestamptz NOT NULL,
    chat_id  uuid        NOT NULL,
    place    timestamptz NOT NULL,
    PRIMARY KEY (user_id, moved_at, chat_id)
);

ALTER TABLE chat.moves ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.moves USING (chat.is_me(user_id));

-- The time of a move: later than the one before it, also where the clock was set back.
CREATE FUNCTION chat.next_move(last_move timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE
RETURN GREATEST(clock_timestamp(), last_move + interval '1 microsecond');
