"""The Settings dialog: how the app looks and speaks in this browser.

The browser keeps it: `assets/settings.js` writes it down and loads the page again. So it works without a database, and
each device has its own.
"""

import json
from html import escape

import streamlit as st

from lib.ui import language
from lib.ui.language import N_, _
from lib.ui.row_dialog import has_row_dialog, note_row_dialog

OPEN = "settings-button"
DENSITY = "lakechat-density"
THEME = "lakechat-theme"
# The first of each is what somebody has who has chosen nothing. The names of themes are Streamlit's.
LANGUAGES = {"auto": N_("As in the browser"), **language.LANGUAGES}
THEMES = {"System": N_("As on this device"), "Light": N_("Light"), "Dark": N_("Dark")}
DENSITIES = {"comfortable": N_("Comfortable"), "compact": N_("Compact")}


def draw_settings_button() -> None:
    st.button(_("Settings"), key=OPEN, icon=":material/settings:", type="tertiary")


def draw_settings() -> None:
    """Open the dialog if its button was clicked. Call this once in every run, after other dialogs."""
    if st.session_state.get(OPEN) and not has_row_dialog():
        note_row_dialog(is_open=True)
        st.dialog(_("Settings"))(_draw)()


def _draw() -> None:
    chosen = {
        language.COOKIE: _choice(_("Language"), language.COOKIE, LANGUAGES),
        THEME: _choice(_("Theme"), THEME, THEMES),
        DENSITY: _choice(_("Density"), DENSITY, DENSITIES),
    }
    with st.container(horizontal=True, key="notification-setting"):
        st.button(_("Notify me when I am elsewhere"), icon=":material/notifications:")
        st.html('<span role="status"></span>')
    if st.button(_("Keyboard shortcuts"), key="show-shortcuts", icon=":material/keyboard:", type="tertiary"):
        st.rerun()  # closes the dialog; assets/shortcuts.js shows the list then
    with st.container(horizontal=True):
        saves = st.button(_("Save"), type="primary")
        if st.button(_("Cancel")):
            st.rerun()
    if saves:
        st.html(f'<i data-settings="{escape(json.dumps(chosen))}"></i>')


def _choice(label: str, cookie: str, options: dict[str, str]) -> str:
    names = list(options)
    kept = st.context.cookies.get(cookie)
    selected = st.segmented_control(
        label,
        names,
        default=kept if kept in options else names[0],
        format_func=lambda name: _(options[name]),
        key=f"setting-{cookie}",
        required=True,
    )
    return selected
