"""The user's standing instructions on the pages: their box in the Settings dialog, and whether there are any."""

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext, browser_timezone
from lib.ui.toasts import show_errors

EXAMPLE = N_("For example: Answer in short sentences, amounts in euros")
SENT = N_(
    "The agent gets this with every question of yours, as a system message before the conversation. It is kept with "
    "your chats, for all your browsers. The menu of a chat can leave it out there."
)
SENT_BEHIND = N_(
    "The agent gets this with every question of yours, as a system message before the conversation, after the app's "
    "own instructions. It is kept with your chats, for all your browsers. The menu of a chat can leave it out there."
)
DATE = N_("The agent is also told the date and your time zone, {zone}.")
DATE_AND_TIME = N_("The agent is also told the date, the time and your time zone, {zone}.")
DATE_IN_UTC = N_("The agent is also told the date in UTC, because your browser does not tell its time zone.")
AWAY = N_("They cannot be changed while the database is away.")
_KNOWN = "known_instructions"


def known_instructions(context: PageContext) -> str:
    """As the session read or saved them last, so that a run need not ask. Empty if they cannot be read."""
    if context.is_temporary:
        return context.store.read_instructions()
    user_id, known = st.session_state.get(_KNOWN, (None, ""))
    return str(known) if user_id == context.user.id else read_instructions(context) or ""


def read_instructions(context: PageContext) -> str | None:
    """None if they cannot be read."""
    try:
        return _remember(context, context.store.read_instructions())
    except DatabaseUnavailable:
        return None


def forget_known_instructions() -> None:
    st.session_state.pop(_KNOWN, None)


def draw_instructions(context: PageContext, kept: str | None) -> str | None:
    """Draw the box. Returns what it has, `kept` where it cannot be changed."""
    is_away = kept is None or context.runtime.connection_state.is_lost
    typed = st.text_area(
        _("Standing instructions"),
        kept or "",
        key="standing-instructions",
        placeholder=_(EXAMPLE),
        disabled=is_away,
    )
    st.caption(_(AWAY) if is_away else _(SENT_BEHIND if context.runtime.settings.system_prompt else SENT))
    if date := _told_of_date(context.runtime.settings.send_date):
        st.caption(date)
    return kept if is_away else typed


def _told_of_date(send_date: str) -> str:
    """Empty if agents are not told it."""
    zone = browser_timezone()
    if send_date == "off" or zone is None:
        return "" if send_date == "off" else _(DATE_IN_UTC)
    return _(DATE if send_date == "day" else DATE_AND_TIME).format(zone=zone.key)


def save_instructions(context: PageContext, instructions: str) -> bool:
    """Returns False if they could not be saved, for a reason that is shown."""
    with show_errors(st.error):
        _remember(context, context.store.save_instructions(instructions))
        return True
    return False


def _remember(context: PageContext, instructions: str) -> str:
    st.session_state[_KNOWN] = (context.user.id, instructions)
    return instructions
