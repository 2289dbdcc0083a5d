"""Whether chats are saved, for everybody; the details, for admins."""

from lib.ui.page_context import page_context
from lib.ui.status import draw_status

draw_status(page_context())
