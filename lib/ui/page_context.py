"""What one run of the page works with: the person, their chats and the process. Made anew in every run."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from lib.addresses import folded
from lib.identity import User, identify
from lib.runtime import Runtime
from lib.store.store import Store


@st.cache_resource(show_spinner=False)
def runtime() -> Runtime:
    """The one runtime of this process, for pages, API routes and the launcher alike; built when first asked for.

    Raises NotConfigured, each time anew, until the settings are right.
    """
    return Runtime.from_environment()


@dataclass(frozen=True)
class PageContext:
    """Never kept in the session: the browser may come back as somebody else."""

    user: User
    store: Store
    runtime: Runtime

    @property
    def is_admin(self) -> bool:
        """Named in ADMIN_USERS."""
        return folded(self.user.email or "") in self.runtime.settings.admin_users


def page_context() -> PageContext:
    """Raises NotConfigured, or NotSignedIn when the platform does not say who asks."""
    process = runtime()
    user = identify(st.context.headers, process.settings)
    return PageContext(user, process.store(user), process)


def timezone() -> tzinfo:
    """The browser's, else UTC."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
