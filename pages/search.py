"""Chats found by what was said in them, and those put aside."""

from lib.ui.follow import follow
from lib.ui.search import draw_search
from lib.ui.visitor import visitor

me = visitor()
draw_search(me)
follow(me, None)
