"""All chats of the user as a table, with the archive and the trash."""

from lib.ui.auto_refresh import refresh_on_changes
from lib.ui.chats.page import draw_chats
from lib.ui.page_context import page_context

context = page_context()
if not draw_chats(context):
    refresh_on_changes(context, None)
