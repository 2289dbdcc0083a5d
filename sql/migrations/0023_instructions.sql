-- A user's standing instructions: a text of their own that agents are sent with every question. A table of its own, not a
-- column of users: who reads a shared chat sees its owner's row there. An older version of the app, which does not know it,
-- erases it with its user all the same.

CREATE TABLE chat.instructions (
    user_id    text        PRIMARY KEY REFERENCES chat.users (id) ON DELETE CASCADE,
    content    text        NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE chat.instructions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.instructions USING (chat.is_me(user_id));

-- Whether the questions of a chat are asked with them. Adding it changes no row, so it takes no time however many there are.
ALTER TABLE chat.chats ADD COLUMN uses_instructions boolean NOT NULL DEFAULT true;
