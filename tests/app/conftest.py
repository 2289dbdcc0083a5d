"""The main script as Streamlit runs it, over a real database and a real agent endpoint, without a browser."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from lib.errors import NotConfigured
from lib.ui.page_context import runtime
from tests.conftest import ANN

MAIN = Path(__file__).parents[2] / "pages" / "main.py"
TIMEOUT_SECONDS = 60
Opened = Callable[..., AppTest]


@pytest.fixture
def opened(platform: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Open a path of the app in a new session, as Ann, who needs no sign-in on a laptop."""
    monkeypatch.setenv("DEV_USER_EMAIL", ANN.id)
    st.cache_resource.clear()

    def at(path: str = "") -> AppTest:
        page = AppTest.from_file(MAIN, default_timeout=TIMEOUT_SECONDS)
        page.context["url"] = f"http://localhost:8501/{path}"
        page.context["timezone"] = "UTC"
        # Several pages share a file, so a page is known by the hash of its address alone.
        page._page_hash = calc_hash(path) if path else ""
        page.run()
        page._page_hash = ""
        return page

    yield at
    with contextlib.suppress(NotConfigured):  # where the test took the settings away
        runtime().stop()
    st.cache_resource.clear()


def path_of(page: AppTest) -> str:
    """The address of the page that the last run ended on."""
    pages = page._registered_pages
    return urlsplit(pages[page._finished_page_script_hash]["url_pathname"]).path


def modes(page: AppTest) -> list[str]:
    """The sentence that says where chats are saved, a link in the sidebar."""
    return [label for link in page.sidebar.get("page_link") if (label := link.proto.label) != "Insights"]


def titles(page: AppTest) -> list[str]:
    """The pages in the sidebar, in order and escaped as they are there."""
    names = [info["page_name"] for info in page._registered_pages.values()]
    return [name for name in names if name not in ("Search", "All chats", "Status", "Insights", "Temporary chat")]
