"""The results page: the chats in which the words were found, or the archive while there are no words.

The words are in the address, so that reloading the page, and going back to it, shows the same results.
"""

from datetime import datetime
from uuid import UUID

import streamlit as st

from lib.errors import BadInput
from lib.labels import clean_label
from lib.store.search_hit import FoundChat, pieces
from lib.store.search_warm_up import warm_up_search
from lib.store.store import PAGE_LIMIT
from lib.ui.agents import agent_label, agent_name, has_choice
from lib.ui.dates import when
from lib.ui.language import _, ngettext, sentence
from lib.ui.markdown.escape import escape_label, escape_text
from lib.ui.navigation import WORDS, go_to_chat
from lib.ui.page_context import PageContext, timezone
from lib.ui.scroll import scroll_to

BOX, RESULTS, LEFT_AT, WARMED_UP = "search-words", "results_shown", "results_left_at", "search_warmed_up"


def draw_search(context: PageContext) -> None:
    """Draw the input and the results, or the archive while the input is empty."""
    words = st.query_params.get(WORDS, "")
    st.title(_("Search"), anchor=False)
    st.session_state[BOX] = words
    st.text_input(
        _("Search your chats"),
        key=BOX,
        placeholder=_("Words from a title or a message"),
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=_show_words,
    )
    slot = st.empty()
    if not words.strip():
        _draw_archive(context)
        if not st.session_state.get(WARMED_UP):
            st.session_state[WARMED_UP] = True
            warm_up_search(context.store)
        return
    _draw_results(context, words)
    if left_at := st.session_state.get(LEFT_AT, {}).get(words):
        scroll_to(slot, f"found-{left_at}", f"{words} {left_at}")


def _show_words() -> None:
    st.query_params.from_dict({WORDS: st.session_state[BOX]})


def _draw_results(context: PageContext, words: str) -> None:
    limit = st.session_state.get(RESULTS, {}).get(words, PAGE_LIMIT)
    try:
        found = context.store.search_chats(words, limit)
    except BadInput as error:
        st.warning(escape_label(sentence(str(error))))
        return
    if not found.chats:
        said = _("Nothing was found for “{words}”. All words must be in one message or title.")
        st.markdown(said.format(words=escape_text(words)))
    for chat in found.chats:
        _draw_found(context, chat, words)
    if found.cursor:
        st.button(_("Show more results"), on_click=_show_more, args=(words, limit), type="tertiary")


def _show_more(words: str, limit: int) -> None:
    st.session_state[RESULTS] = {words: limit + PAGE_LIMIT}


def _draw_found(context: PageContext, chat: FoundChat, words: str) -> None:
    """Draw one card: the title opens the chat at its best hit, each hit at its own message."""
    with st.container(border=True, gap=None, key=f"found-{chat.id}"):
        best = chat.hits[0].message_id if chat.hits else None
        _draw_link(_title(chat.title), chat.id, best, words, icon=":material/chat_bubble:")
        st.caption(" · ".join(_attributes(context, chat)))
        for hit in chat.hits:
            said_at = _when(hit.created_at)
            who = _("You") if hit.role == "user" else escape_label(agent_name(chat.agent) or _("Agent"))
            label = f":gray[{who}:] {highlighted(hit.snippet)} :gray[· {said_at}]"
            _draw_link(label, chat.id, hit.message_id, words)


def _draw_link(label: str, chat_id: UUID, message_id: UUID | None, words: str, icon: str | None = None) -> None:
    st.button(
        label,
        key=f"open-{chat_id}-{message_id}-{bool(icon)}",
        icon=icon,
        type="tertiary",
        on_click=_open,
        args=(chat_id, message_id, words),
    )


def _open(chat_id: UUID, message_id: UUID | None, words: str) -> None:
    """Open the chat at the message, and remember where the results were left."""
    st.session_state[LEFT_AT] = {words: str(chat_id)}
    go_to_chat(chat_id, message_id, words=words)


def _attributes(context: PageContext, chat: FoundChat) -> list[str]:
    """When the chat was last active, with which agent if there are several, and how much was found."""
    is_titled = chat.hit_count == 0
    shown = {
        _when(chat.updated_at): True,
        agent_label(chat.agent): chat.agent and has_choice(),
        f":material/archive: {_('Archived')}": chat.is_archived,
        _("in the title"): is_titled,
        ngettext("{number} message", "{number} messages", chat.hit_count): chat.hit_count > len(chat.hits),
    }
    return [text for text, applies in shown.items() if applies]


def _title(title: str) -> str:
    return highlighted(title) if clean_label(unmarked(title)) else _("Untitled")


def _when(moment: datetime) -> str:
    local = moment.astimezone(timezone())
    return when(local, datetime.now(local.tzinfo))


def unmarked(snippet: str) -> str:
    return "".join(text for text, _is_match in pieces(snippet))


def highlighted(snippet: str) -> str:
    """The snippet in Markdown, with the matches in bold."""
    return "".join(_bold(text) if is_match else _escaped(text) for text, is_match in pieces(snippet)).strip()


def _bold(text: str) -> str:
    """Bold only if the text begins and ends with a letter or digit: beside a letter, Markdown ignores other bold."""
    can_be = bool(text) and text[0].isalnum() and text[-1].isalnum()
    return f"**{escape_label(text)}**" if can_be else _escaped(text)


def _escaped(text: str) -> str:
    """Escaping strips the text, so spaces at its ends are put back."""
    before, after = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    return f"{before}{escape_label(text)}{after}"


def _draw_archive(context: PageContext) -> None:
    st.header(_("Archived chats"), anchor=False)
    archived = context.store.list_chats(PAGE_LIMIT * 5, archived=True)
    st.markdown(
        _("Chats that you archive move from the list on the left to this page. Search still finds them.")
        if not archived.chats
        else _("To put a chat back into the list, open it and choose “Unarchive”.")
    )
    for chat in archived.chats:
        st.button(
            escape_label(chat.title),
            key=f"archived-{chat.id}",
            icon=":material/chat_bubble:",
            type="tertiary",
            on_click=go_to_chat,
            args=(chat.id,),
        )
    if archived.has_more:
        st.caption(_("Search finds the older ones."))
