"""A user's chats, in Postgres or in memory."""
