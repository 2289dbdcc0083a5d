"""A page whose connection was cut is drawn anew when it comes back."""

import streamlit as st

SELDOM_SECONDS = 24 * 3600


@st.fragment(run_every=SELDOM_SECONDS)
def refresh_after_reconnect() -> None:
    """Streamlit runs a page again at its return only if something on it runs by itself; so this does, once a day.

    A page that comes back after a few minutes, or to an app that was deployed anew, meets a session which knows
    nothing of it: not whose boxes and buttons these are, so that what is typed and clicked next would be gone.
    """
