-- Indexes for the trash, for retention, and for deleting all chats of a user. No row is changed. Each index is built
-- while writes to its table wait, which takes about a second for all of them on a million chats.

-- All chats of a user, wherever they are: the other indexes by user leave out archived chats or those in the trash.
-- It also serves the foreign key to users.
CREATE INDEX chats_by_user ON chat.chats (user_id, id);

-- A user's trash, last trashed first; and everybody's, first trashed first, for the purge.
CREATE INDEX chats_trashed ON chat.chats (user_id, deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
CREATE INDEX chats_expiring ON chat.chats (deleted_at) WHERE deleted_at IS NOT NULL;

-- Everybody's chats by their last activity, for retention, which spares pinned ones. There are two indexes so that
-- archiving does not read what is archived already. Each chat is in one of them at most.
CREATE INDEX chats_inactive
    ON chat.chats (updated_at)
 WHERE deleted_at IS NULL AND pinned_at IS NULL AND archived_at IS NULL;
CREATE INDEX chats_inactive_archived
    ON chat.chats (updated_at)
 WHERE deleted_at IS NULL AND pinned_at IS NULL AND archived_at IS NOT NULL;

CREATE INDEX votes_by_user ON chat.votes (user_id);
