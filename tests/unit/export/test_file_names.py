"""Names of files made of any title."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.export.file_names import MAX_CHARS, content_disposition, safe_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("How much?", "How much.md"),
        ("../../etc/passwd", "etc passwd.md"),
        (".hidden", "hidden.md"),
        ("CON", "Chat.md"),
        ("nul.txt", "Chat.md"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie x.md"),
        ("", "Chat.md"),
        ("...", "Chat.md"),
        ("Umsatz Zürich 中文", "Umsatz Zürich 中文.md"),
        ("\u202egnp.exe", "gnp.exe.md"),
        ("x" * 300, "x" * MAX_CHARS + ".md"),
        ("中" * 80, "中" * 60 + ".md"),
    ],
)
def test_a_name_is_one_that_every_system_takes(title: str, name: str) -> None:
    assert safe_name(title, ".md") == name


@given(st.text(max_size=100))
def test_a_header_is_one_line_of_ascii_that_gives_the_name_back(title: str) -> None:
    name = safe_name(title, ".json")
    header = content_disposition(name)
    assert header.isascii() and header.isprintable()
    assert header.count('"') == 2
    assert unquote(header.rpartition("UTF-8''")[2]) == name


def test_a_name_cannot_end_its_quotes() -> None:
    """An attached file keeps its name, which may have signs that the name of a chat's file has not."""
    header = content_disposition('a"; filename="b.html\\')
    assert header.startswith('attachment; filename="a_; filename=_b.html_"; filename*=')
