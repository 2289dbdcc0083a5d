"""Search in the titles and messages of chats, and the archive."""

from lib.ui.auto_refresh import refresh_on_changes
from lib.ui.page_context import page_context
from lib.ui.search import draw_search

context = page_context()
draw_search(context)
refresh_on_changes(context, None)
