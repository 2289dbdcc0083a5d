"""The Settings dialog: how the app looks and speaks in this browser, and the user's standing instructions.

The browser keeps the former: `assets/settings.js` writes it down and loads the page again. So it works without a
database, and each device has its own. The instructions are stored with the user's chats.
"""

import json
from collections.abc import Mapping
from html import escape

import streamlit as st

from lib.ui import language
from lib.ui.instructions import draw_instructions, read_instructions, save_instructions
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext
from lib.ui.row_dialog import has_row_dialog, note_row_dialog

OPEN = "settings-button"
DENSITY = "lakechat-density"
THEME = "lakechat-theme"
# The first of each is what somebody has who has chosen nothing. The names of themes are Streamlit's.
LANGUAGES = {"auto": N_("As in the browser"), **language.LANGUAGES}
THEMES = {"System": N_("As on this device"), "Light": N_("Light"), "Dark": N_("Dark")}
DENSITIES = {"comfortable": N_("Comfortable"), "compact": N_("Compact")}
CHOICES = {language.COOKIE: LANGUAGES, THEME: THEMES, DENSITY: DENSITIES}
"""By the cookies that keep what was chosen."""


def draw_settings_button() -> None:
    st.button(_("Settings"), key=OPEN, icon=":material/settings:", type="tertiary")


def draw_settings(context: PageContext) -> None:
    """Open the dialog if its button was clicked. Call this once in every run, after other dialogs."""
    if st.session_state.get(OPEN) and not has_row_dialog():
        note_row_dialog(is_open=True)
        st.dialog(_("Settings"))(_draw)(context, read_instructions(context))


def _draw(context: PageContext, instructions: str | None) -> None:
    labels = (_("Language"), _("Theme"), _("Density"))
    chosen = {cookie: _choice(label, cookie) for label, cookie in zip(labels, CHOICES, strict=True)}
    typed = draw_instructions(context, instructions)
    with st.container(horizontal=True, key="notification-setting"):
        st.button(_("Notify me when I am elsewhere"), icon=":material/notifications:")
        st.html('<span role="status"></span>')
    if st.button(_("Keyboard shortcuts"), key="show-shortcuts", icon=":material/keyboard:", type="tertiary"):
        st.rerun()  # closes the dialog; assets/shortcuts.js shows the list then
    with st.container(horizontal=True):
        saves = st.button(_("Save"), type="primary")
        if st.button(_("Cancel")):
            st.rerun()
    if saves and (typed in (None, instructions) or save_instructions(context, typed or "")):
        if chosen == {cookie: _kept(cookie, options) for cookie, options in CHOICES.items()}:
            st.rerun()  # not by loading the page again, which would end a temporary chat
        st.html(f'<i data-settings="{escape(json.dumps(chosen))}"></i>')


def _choice(label: str, cookie: str) -> str:
    options = CHOICES[cookie]
    selected = st.segmented_control(
        label,
        list(options),
        default=_kept(cookie, options),
        format_func=lambda name: _(options[name]),
        key=f"setting-{cookie}",
        required=True,
    )
    return selected


def _kept(cookie: str, options: Mapping[str, str]) -> str:
    kept = st.context.cookies.get(cookie)
    return kept if kept is not None and kept in options else next(iter(options))
