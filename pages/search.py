"""Chats found by what was said in them, and those put aside."""

from lib.ui.search import draw_search
from lib.ui.sidebar import await_others
from lib.ui.visitor import visitor

me = visitor()
draw_search(me)
await_others(me, None)
