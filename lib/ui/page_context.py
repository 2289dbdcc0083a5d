"""What every page needs in a run: the user, their chats and the process. Each run builds its own."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from lib.errors import NotConfigured
from lib.identity import User, identify, is_admin
from lib.runtime import Runtime
from lib.settings.branding import BRAND_NAME
from lib.store.store import Store


@st.cache_resource(show_spinner=False)
def runtime() -> Runtime:
    """The runtime of this process, which pages, API routes and the launcher share; the first call builds it.

    Raises NotConfigured if settings are missing or wrong. The next call then tries again.
    """
    return Runtime.from_environment()


def brand_name() -> str:
    """Also if settings are missing or wrong."""
    try:
        return runtime().settings.brand_name
    except NotConfigured:
        return BRAND_NAME.default


@dataclass(frozen=True)
class PageContext:
    """Never store this in the session: the next run of the session may belong to another user."""

    user: User
    store: Store
    runtime: Runtime
    is_temporary: bool = False
    """Whether it is about the session's temporary chat, which cannot be kept or copied."""

    @property
    def is_admin(self) -> bool:
        """Whether ADMIN_USERS names the user."""
        return is_admin(self.user, self.runtime.settings)


def page_context() -> PageContext:
    """Raises NotConfigured, or NotSignedIn if the platform sent no identity."""
    process = runtime()
    user = identify(st.context.headers, process.settings)
    return PageContext(user, process.store(user), process)


def timezone() -> tzinfo:
    """The browser's time zone, else UTC."""
    return browser_timezone() or UTC


def browser_timezone() -> ZoneInfo | None:
    """None if the browser does not tell one that is known here."""
    try:
        return ZoneInfo(st.context.timezone) if st.context.timezone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
