"""Makes the browser ask before it closes or reloads a tab that has a temporary chat."""

import streamlit as st

SCRIPT = """
if (!window.lakechatLeaveWarning) {
  window.lakechatLeaveWarning = true;
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("[data-leave-warning=true]")) event.preventDefault();
  });
}
"""


def draw_leave_warning(*, is_needed: bool) -> None:
    """Draw it on every page, and hidden (assets/style): other pages of the tab have the chat, too."""
    with st.container(key="leave-warning"):
        st.html(
            f'<i data-leave-warning="{str(is_needed).lower()}"></i><script>{SCRIPT}</script>',
            unsafe_allow_javascript=True,
        )
