-- Statistics of the chats, with the columns that migrations have added. Without them Postgres takes a third of all chats for
-- shared, and walks through a million to find three; by itself it counts again only once a tenth of the chats has changed.
-- It takes a second for a million chats.
ANALYZE chat.chats;
