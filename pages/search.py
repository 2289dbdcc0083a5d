"""Chats found by what was said in them, and those put aside."""

from lib.ui.search import draw_results
from lib.ui.sidebar import await_others
from lib.ui.visitor import visitor

me = visitor()
draw_results(me)
await_others(me, None)
