"""Who looks at the page: found out anew in every run, never kept in the session."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from lib.addresses import folded
from lib.errors import DatabaseUnavailable, LakechatError
from lib.identity import User, identify
from lib.runtime import Runtime
from lib.store.store import Store
from lib.ui.process import runtime

CONNECTION_POLL_SECONDS = 2


@dataclass(frozen=True)
class PageContext:
    user: User
    store: Store
    runtime: Runtime

    @property
    def is_admin(self) -> bool:
        """Named in ADMIN_USERS."""
        return folded(self.user.email or "") in self.runtime.settings.admin_users


def page_context() -> PageContext:
    """The visitor; or a page that says in a sentence why there is none, and the end of the run."""
    try:
        process = runtime()
        user = identify(st.context.headers, process.settings)
        return PageContext(user, process.store(user), process)
    except LakechatError as error:
        draw_error_and_stop(error)
        raise  # never reached


def timezone() -> tzinfo:
    """The browser's, else UTC."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def draw_error_and_stop(error: LakechatError) -> None:
    """Show what is wrong and a way to try again."""
    st.title("Lakechat", anchor=False)
    st.error(str(error), icon=":material/error:")
    st.button("Try again", icon=":material/refresh:")
    if isinstance(error, DatabaseUnavailable):
        refresh_on_connection_change(runtime())
    st.stop()


def refresh_on_connection_change(process: Runtime) -> None:
    """Run the page again once something of what is not saved has changed. It asks the process, never the database."""
    if process.connection_state.is_lost or len(process.outbox):
        _look(process, process.connection_state.version)


@st.fragment(run_every=CONNECTION_POLL_SECONDS)
def _look(process: Runtime, seen: int) -> None:
    if process.connection_state.version != seen:
        st.rerun()
