"""How the app stands: for everybody whether chats are saved, for its admins why not."""

from lib.ui.status import draw_status
from lib.ui.visitor import visitor

draw_status(visitor())
