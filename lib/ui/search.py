"""Finding a chat again by what was said in it."""

import streamlit as st

from lib.errors import BadInput
from lib.store.models import MARK_END, MARK_START, SearchHit
from lib.ui.places import go_to_chat, open_search
from lib.ui.text import plain
from lib.ui.visitor import Visitor

QUERY = "search"


def draw_search_box() -> None:
    """In the sidebar; what is entered leads to the page of results."""
    st.text_input(
        "Search your chats",
        key=QUERY,
        placeholder="Search your chats",
        icon=":material/search:",
        label_visibility="collapsed",
        max_chars=200,
        on_change=open_search,
    )


def draw_results(visitor: Visitor) -> None:
    query = str(st.session_state.get(QUERY) or "")
    if not query.strip():
        _draw_archive(visitor)
        return
    try:
        hits = visitor.store.search(query)
    except BadInput as error:
        st.warning(str(error))
        return
    if not hits:
        st.markdown(f"Nothing was found for “{plain(query)}”. All words must be in one message or title.")
    for number, hit in enumerate(hits):
        _draw_hit(number, hit)


def _draw_hit(number: int, hit: SearchHit) -> None:
    st.button(
        plain(hit.title), key=f"hit-{number}-{hit.chat_id}", type="tertiary", on_click=go_to_chat, args=(hit.chat_id,)
    )
    if hit.message_id:
        st.caption(highlighted(hit.snippet))


def highlighted(snippet: str) -> str:
    """What was found in bold; all else as it is."""
    found: list[str] = []
    for piece in snippet.split(MARK_START):
        marked, end, rest = piece.partition(MARK_END)
        found += [f"**{plain(marked)}** " if marked.strip() else "", plain(rest)] if end else [plain(piece)]
    return " ".join(part.strip() for part in found if part.strip())


def _draw_archive(visitor: Visitor) -> None:
    archived = visitor.store.list_chats(archived=True).chats
    st.markdown("#### Archived chats" if archived else "Enter what you are looking for in the box at the left.")
    for chat in archived:
        st.button(plain(chat.title), key=f"archived-{chat.id}", type="tertiary", on_click=go_to_chat, args=(chat.id,))
