-- Tools that the owner of a chat has always allowed its agent to use in it, each with its name and its server. They go
-- with the chat, and no copy of it has them.

ALTER TABLE chat.chats ADD COLUMN allowed_tools jsonb NOT NULL DEFAULT '[]';

-- The chats that wait for their owners, which each list of chats marks.
CREATE INDEX turns_waiting_by_user ON chat.turns (user_id) WHERE status = 'running' AND waiting_since IS NOT NULL;
