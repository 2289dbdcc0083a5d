"""How the app stands: for everybody whether chats are saved, for its admins why not."""

from lib.ui.page_context import page_context
from lib.ui.status import draw_status

draw_status(page_context())
