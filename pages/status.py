"""Tells everybody whether chats are saved, and shows admins the details."""

from lib.ui.page_context import page_context
from lib.ui.status import draw_status

draw_status(page_context())
