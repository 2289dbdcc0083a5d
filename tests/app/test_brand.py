"""The name and the logo of the team that runs the app."""

from xml.etree import ElementTree

import pytest

from lib.ui.brand import _wordmark
from tests.app.conftest import Opened


def test_the_greeting_and_the_name_are_those_that_are_set(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAND_NAME", "Ask *Ana*")
    monkeypatch.setenv("BRAND_GREETING", "Ask *away*")
    page = opened()
    assert not page.exception
    assert page.title[0].value == r"Ask \*away\*"


@pytest.mark.parametrize("name", ["Ask Ana", "R&D <Chat>", "X"])
def test_the_wordmark_has_the_name_and_room_for_it(name: str) -> None:
    drawing = ElementTree.fromstring(_wordmark(name))  # noqa: S314
    [text] = drawing.iter("{http://www.w3.org/2000/svg}text")
    assert text.text == name
    room = float(drawing.attrib["viewBox"].split()[2]) - float(text.attrib["x"])
    assert room > float(text.attrib["textLength"]) > 0


def test_an_error_has_the_name_of_the_brand(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAND_NAME", "Ask *Ana*")
    monkeypatch.setenv("DATABRICKS_APP_NAME", "lakechat")  # on the platform, whose proxy has sent no identity
    page = opened()
    assert page.title[0].value == r"Ask \*Ana\*" and page.error
