"""Finding a chat again by what was said in it, or among those put aside."""

from uuid import UUID

import streamlit as st

from lib.errors import BadInput
from lib.store.models import MARK_END, MARK_START, SearchHit
from lib.store.store import PAGE_LIMIT
from lib.ui.markdown.escape import break_addresses, escape_label, escape_text
from lib.ui.navigation import go_to_chat, go_to_search
from lib.ui.page_context import PageContext

QUERY, BOX = "search", "search-box"


def draw_search_box() -> None:
    """In the sidebar, but not on a phone (lib/ui/style.py): there the sidebar would lie over what was found."""
    st.text_input(
        "Search",
        key=BOX,
        placeholder="Search your chats",
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=_look_for,
    )


def _look_for() -> None:
    """The words stand over their results then, and no longer in the sidebar."""
    st.session_state[QUERY], st.session_state[BOX] = st.session_state[BOX], ""
    go_to_search()


def draw_search(context: PageContext) -> None:
    """What was found; while nothing is looked for, the archive."""
    st.title("Search", anchor=False)
    query = st.text_input(
        "Search your chats",
        key=QUERY,
        persist_state="session",
        placeholder="Words from a title or a message",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    if query.strip():
        _draw_hits(context, query)
    else:
        _draw_archive(context)


def _draw_hits(context: PageContext, query: str) -> None:
    try:
        hits = context.store.search(query)
    except BadInput as error:
        st.warning(escape_label(str(error)))
        return
    if not hits:
        st.markdown(f"Nothing was found for “{escape_text(query)}”. All words must be in one message or title.")
    for number, hit in enumerate(hits):
        _draw_hit(number, hit)


def _draw_hit(number: int, hit: SearchHit) -> None:
    is_title = hit.message_id is None
    with st.container(gap=None):
        # A long title is cut.
        is_whole = is_title and unmarked(hit.snippet) == hit.title
        _draw_chat(highlighted(hit.snippet) if is_whole else escape_label(hit.title), hit.chat_id, f"hit-{number}")
        if not is_title:
            st.markdown(f":small[{highlighted(break_addresses(hit.snippet))}]", anchors=False)


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
    return f"**{escape_label(text)}**" if can_be else _escaped(text)


def _escaped(text: str) -> str:
    """With the spaces at its ends, which part it from what stands beside it."""
    before, after = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    return f"{before}{escape_label(text)}{after}"


def _draw_archive(context: PageContext) -> None:
    st.subheader("Archived chats", anchor=False)
    archived = context.store.list_chats(PAGE_LIMIT * 5, archived=True)
    st.markdown(
        "Chats that you archive leave the list at the left and stand here. Search finds them, too."
        if not archived.chats
        else "Open one and choose “Take out of the archive” to have it back in the list."
    )
    for chat in archived.chats:
        _draw_chat(escape_label(chat.title), chat.id, "archived")
    if archived.has_more:
        st.caption("Older ones are found by searching.")
