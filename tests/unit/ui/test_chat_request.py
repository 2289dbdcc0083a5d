"""How long a request for the page of a chat lasts."""

from typing import Any, cast
from uuid import UUID

import pytest
from streamlit.navigation.page import StreamlitPage

from lib.ui.navigation import MOST_TRIES, ChatRequest

CHAT = UUID("1aa531f4-b5ed-4e16-8396-7d2ab2df163b")


class Page:
    def __init__(self, path: str) -> None:
        self.url_path = path


def is_over(path: str, **fields: Any) -> bool:
    return ChatRequest(CHAT, {}, **fields).is_over(cast(StreamlitPage, Page(path)))


@pytest.mark.parametrize("path", ["", "search", str(CHAT)])
def test_it_is_tried_from_any_page_even_that_of_the_chat(path: str) -> None:
    assert not is_over(path)


def test_it_is_tried_again_only_while_the_page_of_before_still_runs() -> None:
    assert not is_over("", origin="", tries=1)
    assert not is_over("search", origin="search", tries=2)
    assert is_over(str(CHAT), origin="", tries=1)
    assert is_over("chats", origin="", tries=1), "its user has gone elsewhere"


def test_within_the_same_chat_once_is_enough_and_there_is_an_end() -> None:
    assert is_over(str(CHAT), origin=str(CHAT), tries=1)
    assert is_over("", origin="", tries=MOST_TRIES)
