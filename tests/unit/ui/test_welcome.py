"""The greeting at the start of a chat."""

import pytest

from lib.identity import User
from lib.settings.agents import STARTER_QUESTIONS
from lib.settings.branding import BRAND_GREETING
from lib.ui.chat.welcome import HEADLINE, STARTERS, first_name, greeting


def user(name: str | None, email: str | None = None) -> User:
    return User("id", email, name, authenticated=True)


@pytest.mark.parametrize(
    ("name", "email", "first"),
    [
        ("Ann Marie Smith", None, "Ann"),
        ("ann marie smith", None, "Ann"),
        ("asmith", None, ""),
        ("O'Neil", None, ""),
        ("José", None, "José"),
        ("JOSÉ", None, "JOSÉ"),
        ("李小龍", None, ""),
        ("DeShawn Lee", "d@example.com", "DeShawn"),
        (None, "ann.smith@example.com", "Ann"),
        ("ann.smith@example.com", "ann.smith@example.com", "Ann"),
        (None, "jean-luc@example.com", "Jean"),
        (None, "asmith42@example.com", ""),
        (None, "a.smith@example.com", ""),
        (None, "1234@example.com", ""),
        ("4f1c7a9e-0000-4000-8000-000000000001", None, ""),
        ("  ", None, ""),
        (None, None, ""),
    ],
)
def test_the_first_name_is_found_or_none_is_said(name: str | None, email: str | None, first: str) -> None:
    assert first_name(user(name, email)) == first


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (0, "Good evening"),
        (4, "Good evening"),
        (5, "Good morning"),
        (12, "Good afternoon"),
        (18, "Good evening"),
        (23, "Good evening"),
    ],
)
def test_the_greeting_fits_the_hour(hour: int, words: str) -> None:
    assert greeting(user("Ann"), hour) == f"{words}, Ann"
    assert greeting(user(None), hour) == words


def test_the_headline_and_questions_that_the_settings_have_are_those_that_are_translated() -> None:
    assert (BRAND_GREETING.default, STARTER_QUESTIONS.default) == (HEADLINE, STARTERS)
