"""Whether this run has opened a dialog about a chat in the sidebar, over whatever page is open.

Then the run must end soon, because clicks in the dialog wait for that, and no other may be started meanwhile, because
that would close the dialog.
"""

import streamlit as st

_KEY = "has_dialog_of_a_row"


def note_row_dialog(*, is_open: bool) -> None:
    """Call this once in every run, before its page."""
    st.session_state[_KEY] = is_open


def has_row_dialog() -> bool:
    return bool(st.session_state.get(_KEY))
