"""What the app may and may not do, for admins."""

from lib.ui.page_context import page_context
from lib.ui.setup_check import draw_setup_check

draw_setup_check(page_context())
