"""Finding a chat again by what was said in it."""

from uuid import UUID

import streamlit as st

from lib.errors import BadInput
from lib.store.models import MARK_END, MARK_START, SearchHit
from lib.store.store import PAGE_LIMIT
from lib.ui.places import go_to_chat, open_search
from lib.ui.text import plain
from lib.ui.visitor import Visitor

QUERY = "search"


def draw_search_box() -> None:
    """In the sidebar; what is entered leads to the page of results, nothing entered to the archive."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="search-box"):
        st.text_input(
            "Search your chats",
            key=QUERY,
            persist_state="session",
            placeholder="Search your chats",
            icon=":material/search:",
            label_visibility="collapsed",
            max_chars=200,
            on_change=open_search,
        )
        st.button(
            "", icon=":material/archive:", type="tertiary", help="Archived chats", on_click=_open_archive, key="archive"
        )


def _open_archive() -> None:
    st.session_state[QUERY] = ""
    open_search()


def draw_results(visitor: Visitor) -> None:
    query = str(st.session_state.get(QUERY) or "")
    if not query.strip():
        _draw_archive(visitor)
        return
    st.title("Search", anchor=False)
    try:
        hits = visitor.store.search(query)
    except BadInput as error:
        st.warning(plain(str(error)))
        return
    if hits:
        st.caption(f"What was found for “{plain(query)}”")
    else:
        st.markdown(f"Nothing was found for “{plain(query)}”. All words must be in one message or title.")
    for number, hit in enumerate(hits):
        _draw_hit(number, hit)


def _draw_hit(number: int, hit: SearchHit) -> None:
    is_title = hit.message_id is None
    with st.container(gap=None):
        # A long title is cut.
        is_whole = is_title and unmarked(hit.snippet) == hit.title
        _draw_chat(highlighted(hit.snippet) if is_whole else plain(hit.title), hit.chat_id, f"hit-{number}")
        if not is_title:
            st.markdown(f":small[{highlighted(hit.snippet)}]", anchors=False)


def _draw_chat(label: str, chat_id: UUID, key: str) -> None:
    st.button(
        label,
        key=f"{key}-{chat_id}",
        icon=":material/chat_bubble:",
        type="tertiary",
        on_click=go_to_chat,
        args=(chat_id,),
    )


def unmarked(snippet: str) -> str:
    return snippet.replace(MARK_START, "").replace(MARK_END, "")


def highlighted(snippet: str) -> str:
    """What was found in bold; all else as it is."""
    found: list[str] = []
    for piece in snippet.split(MARK_START):
        marked, end, rest = piece.partition(MARK_END)
        found += [_bold(marked), _escaped(rest)] if end else [_escaped(piece)]
    return "".join(found).strip()


def _bold(text: str) -> str:
    """Markdown knows no bold text that begins or ends with a mark beside a letter."""
    can_be = bool(text) and text[0].isalnum() and text[-1].isalnum()
    return f"**{plain(text)}**" if can_be else _escaped(text)


def _escaped(text: str) -> str:
    """With the spaces at its ends, which part it from what stands beside it."""
    before, after = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    return f"{before}{plain(text)}{after}"


def _draw_archive(visitor: Visitor) -> None:
    st.title("Archived chats", anchor=False)
    archived = visitor.store.list_chats(PAGE_LIMIT * 5, archived=True)
    st.markdown(
        "Chats that you archive leave the list at the left and stand here. Search finds them, too."
        if not archived.chats
        else "Open one and choose “Take out of the archive” to have it back in the list."
    )
    for chat in archived.chats:
        _draw_chat(plain(chat.title), chat.id, "archived")
    if archived.has_more:
        st.caption("Older ones are found by searching.")
