-- The table of all chats in the order in which they began, the archived ones and the others.

CREATE INDEX IF NOT EXISTS chats_by_creation
    ON chat.chats (user_id, created_at DESC, id DESC)
 WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX IF NOT EXISTS chats_archived_by_creation
    ON chat.chats (user_id, created_at DESC, id DESC)
 WHERE deleted_at IS NULL AND archived_at IS NOT NULL;
