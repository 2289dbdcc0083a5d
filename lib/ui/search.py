"""The search page: chats whose title or messages contain the words, or the archive while the input is empty."""

from uuid import UUID

import streamlit as st

from lib.errors import BadInput
from lib.store.search_hit import MARK_END, MARK_START, SearchHit
from lib.store.store import PAGE_LIMIT
from lib.ui.markdown.escape import break_addresses, escape_label, escape_text
from lib.ui.navigation import go_to_chat, go_to_search
from lib.ui.page_context import PageContext

QUERY, BOX = "search", "search-box"


def draw_search_box() -> None:
    """Draw the input in the sidebar. On a phone it is hidden (style.py): the open sidebar would cover the results."""
    st.text_input(
        "Search",
        key=BOX,
        placeholder="Search your chats",
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=_start_search,
    )


def _start_search() -> None:
    """Move the words from the input in the sidebar to the one above the results."""
    st.session_state[QUERY], st.session_state[BOX] = st.session_state[BOX], ""
    go_to_search()


def draw_search(context: PageContext) -> None:
    """Draw the input and the results, or the archive while the input is empty."""
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
        hits = context.store.search(query).hits
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
        # The snippet of a long title may be a part of it.
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
    """The snippet in Markdown, with the matches in bold."""
    pieces: list[str] = []
    for piece in snippet.split(MARK_START):
        marked, end, rest = piece.partition(MARK_END)
        pieces += [_bold(marked), _escaped(rest)] if end else [_escaped(piece)]
    return "".join(pieces).strip()


def _bold(text: str) -> str:
    """Bold only if the text begins and ends with a letter or digit: beside a letter, Markdown ignores other bold."""
    can_be = bool(text) and text[0].isalnum() and text[-1].isalnum()
    return f"**{escape_label(text)}**" if can_be else _escaped(text)


def _escaped(text: str) -> str:
    """Escaping strips the text, so spaces at its ends are put back."""
    before, after = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    return f"{before}{escape_label(text)}{after}"


def _draw_archive(context: PageContext) -> None:
    st.subheader("Archived chats", anchor=False)
    archived = context.store.list_chats(PAGE_LIMIT * 5, archived=True)
    st.markdown(
        "Chats that you archive move from the list on the left to this page. Search still finds them."
        if not archived.chats
        else "To put a chat back into the list, open it and choose “Unarchive”."
    )
    for chat in archived.chats:
        _draw_chat(escape_label(chat.title), chat.id, "archived")
    if archived.has_more:
        st.caption("Search finds the older ones.")
