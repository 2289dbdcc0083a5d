"""Links to files in Volumes, as Knowledge Assistants cite them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lib.agent.formats.shared.volume_links import VolumeLink, volume_link

HOST = "https://dbc-1.cloud.databricks.com"
FILES = "/ajax-api/2.0/fs/files"
PATH = "/Volumes/main/docs/all/a b.pdf"
ADDRESS = f"{HOST}{FILES}/Volumes/main/docs/all/a%20b.pdf"


@pytest.mark.parametrize(
    ("fragment", "page", "passage"),
    [
        ("", None, ""),
        ("#page=12", "12", ""),
        ("#page=12:~:text=Two%20words", "12", "Two words"),
        ("#:~:text=One%2C%20two.", None, "One, two."),
        ("#:~:text=The%20start,the%20end", None, "The start … the end"),
        ("#:~:text=before-,the%20start,the%20end,-behind", None, "The start … the end".replace("The", "the")),
        ("#:~:text=%23%20Head%0A%0A**Bold**", None, "# Head **Bold**"),
        ("#:~:text=one&text=two", None, "one"),
        ("#:~:text=", None, ""),
        ("#page=x", None, ""),
    ],
)
def test_page_and_passage_are_read_from_the_fragment(fragment: str, page: str | None, passage: str) -> None:
    assert volume_link(ADDRESS + fragment) == VolumeLink(ADDRESS + fragment, PATH, page, passage)


@pytest.mark.parametrize("host", ["http://localhost:30003", "http://127.0.0.1:8", "http://[::1]", "http://files", ""])
def test_a_host_that_no_browser_can_reach_is_left_out(host: str) -> None:
    assert volume_link(ADDRESS.replace(HOST, host)) == VolumeLink("", PATH, None, "")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/Volumes/main/docs/all/a.pdf",
        f"{HOST}{FILES}/Workspace/a.pdf",
        f"{HOST}{FILES}/Volumes/main/docs",
        f"{HOST}{FILES}/Volumes/main/docs/../../x",
        "https://[half",
        "",
    ],
)
def test_other_addresses_are_no_such_links(address: str) -> None:
    assert volume_link(address) is None


@given(some.text())
def test_any_fragment_can_be_read(fragment: str) -> None:
    link = volume_link(f"{ADDRESS}#{fragment}")
    assert link is None or "\n" not in link.passage
