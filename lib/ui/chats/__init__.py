"""The page of all chats, and the trash."""
