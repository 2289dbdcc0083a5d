"""Who is asking, by the headers of the platform's proxy."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from lib.addresses import folded
from lib.config import Settings, load
from lib.errors import NotSignedIn
from lib.identity import AccessToken, Asker, identify, identify_asker

ROOT = Path(__file__).parents[2]
LAPTOP = load({"AGENT_URL": "http://localhost:1/v1/chat/completions"})
PLATFORM = replace(LAPTOP, app_name="lakechat")
both = pytest.mark.parametrize("settings", [LAPTOP, PLATFORM], ids=["laptop", "platform"])


def headers(**given: str) -> Headers:
    return Headers({f"X-Forwarded-{name.replace('_', '-').title()}": value for name, value in given.items()})


@both
def test_the_e_mail_owns_the_rows(settings: Settings) -> None:
    user = identify(headers(email="ann@example.com", user="123@456", preferred_username="Ann"), settings)
    assert (user.id, user.email, user.name) == ("ann@example.com", "ann@example.com", "Ann")
    assert user.authenticated


@both
def test_without_an_e_mail_the_platforms_user_id_owns_them(settings: Settings) -> None:
    user = identify(headers(user="123@456"), settings)
    assert (user.id, user.email, user.name, user.authenticated) == ("123@456", None, None, True)


@both
def test_headers_are_read_without_regard_to_case(settings: Settings) -> None:
    assert identify(Headers({"X-FORWARDED-EMAIL": "ann@example.com"}), settings).id == "ann@example.com"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"x-forwarded-user-info": "ann@example.com"},
        {"x-forwarded-preferred-username": "ann@example.com"},
        {"x-forwarded-access-token": "token"},
        {"x-forwarded-email": "", "x-forwarded-user": " "},
        {"x-forwarded-email": "\x00"},
        {"authorization": "Bearer token", "from": "ann@example.com", "x-real-email": "ann@example.com"},
    ],
)
def test_nothing_else_signs_anybody_in(sent: dict[str, str]) -> None:
    with pytest.raises(NotSignedIn):
        identify(Headers(sent), PLATFORM)
    user = identify(Headers(sent), LAPTOP)
    assert (user.id, user.authenticated) == ("local-dev-user", False)
    assert identify_asker(user, Headers(sent)).access_token is None


def test_a_developer_may_have_a_name_on_a_laptop_but_not_on_the_platform() -> None:
    settings = replace(LAPTOP, dev_user_email="dev@example.com")
    user = identify(Headers(), settings)
    assert (user.id, user.email, user.authenticated) == ("dev@example.com", "dev@example.com", False)
    with pytest.raises(NotSignedIn):
        identify(Headers(), replace(settings, app_name="lakechat"))


def test_headers_win_over_the_developers_name() -> None:
    user = identify(headers(email="ann@example.com"), replace(LAPTOP, dev_user_email="dev@example.com"))
    assert (user.id, user.authenticated) == ("ann@example.com", True)


@pytest.mark.parametrize("name", ["Zoë", "Łukasz", "山田太郎", "Zoé 👩‍🔬", "plain"])
def test_a_name_that_came_as_utf_8_is_read_as_such(name: str) -> None:
    as_read = name.encode().decode("latin-1")
    user = identify({"x-forwarded-email": as_read, "x-forwarded-preferred-username": as_read}, PLATFORM)
    assert (user.id, user.email, user.name) == (name.casefold(), name, name)


@pytest.mark.parametrize("name", ["Zo\xeb", "100 €", "\xff\xfe"])
def test_a_name_that_came_otherwise_stays_as_it_is(name: str) -> None:
    assert identify({"x-forwarded-email": "a", "x-forwarded-preferred-username": name}, PLATFORM).name == name


def test_spaces_and_nul_characters_around_an_identity_are_dropped() -> None:
    user = identify({"x-forwarded-email": " ann@example.com\x00 ", "x-forwarded-preferred-username": "\x00"}, PLATFORM)
    assert (user.id, user.name) == ("ann@example.com", None)


# One person each, in several spellings.
PEOPLE = {
    "someone@example.com": ["Someone@Example.com", "SOMEONE@EXAMPLE.COM", " someone@EXAMPLE.com\t"],
    "zo\u00eb@example.com": [
        "zoe\u0308@example.com",
        "ZO\u00cb@example.com",
        "Zoe\u0308@Example.com",
        "ZOE\u0308@EXAMPLE.COM",
    ],
    "\u00e5sa@example.com": ["A\u030asa@example.com", "\u212bsa@example.com", "\u00c5SA@example.com"],
    "strasse@example.com": ["stra\u00dfe@example.com", "STRA\u1e9eE@example.com", "Strasse@example.com"],
    "i\u0307pek@example.com": ["\u0130pek@example.com", "I\u0307PEK@example.com", "i\u0307pek@example.com"],
    "\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03c5\u03c3@example.gr": [
        "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3@example.gr",
        "\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03c5\u03c2@example.gr",
    ],
    "\u01f0an@example.com": ["J\u030can@example.com", "\u01f0AN@example.com", "j\u030can@example.com"],
    "q\u0323\u0307@example.com": ["Q\u0307\u0323@example.com", "q\u0307\u0323@example.com"],
}


@pytest.mark.parametrize("as_read", [lambda given: given, lambda given: given.encode().decode("latin-1")])
def test_one_person_is_one_person_however_the_address_was_written(as_read: Callable[[str], str]) -> None:
    for id, spellings in PEOPLE.items():
        for spelling in (id, *spellings):
            user = identify({"x-forwarded-email": as_read(spelling)}, PLATFORM)
            assert (user.id, user.email) == (id, spelling.strip())
            dev = identify({}, load({"AGENT_URL": "http://localhost:1/", "DEV_USER_EMAIL": spelling}))
            assert (dev.id, dev.email) == (id, spelling.strip())


def test_different_people_stay_different() -> None:
    others = ["ipek@example.com", "\u0131pek@example.com", "zoe@example.com", "asa@example.com"]
    ids = [identify({"x-forwarded-email": given}, PLATFORM).id for given in (*PEOPLE, *others)]
    assert len(set(ids)) == len(PEOPLE) + len(others)


def test_the_platforms_own_id_is_taken_as_it_is() -> None:
    assert identify({"x-forwarded-user": "AbC@456"}, PLATFORM).id == "AbC@456"


@given(st.text())
def test_to_fold_again_changes_nothing_and_equal_texts_fold_alike(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert {folded(normalize(form, text)) for form in ("NFC", "NFD")} == {once}


def test_a_name_is_what_can_be_seen_of_it() -> None:
    sent = {"x-forwarded-user": "1", "x-forwarded-preferred-username": "\u202eAnn \u200bLee\x1b[1m"}
    assert identify(sent, PLATFORM).name == "Ann Lee"
    assert identify(sent | {"x-forwarded-preferred-username": "\u200b"}, PLATFORM).name is None


@both
def test_a_token_belongs_to_whoever_asks_and_to_no_user(settings: Settings) -> None:
    sent = headers(email="ann@example.com", access_token="secret")
    user = identify(sent, settings)
    assert identify_asker(user, sent) == Asker(user, AccessToken("secret"))
    assert identify_asker(user, headers(email="ann@example.com")) == Asker(user, None)
    assert "secret" not in repr(user.__dict__) + repr(identify_asker(user, sent))


def test_no_store_and_no_page_is_given_a_token() -> None:
    code = {file: file.read_text() for folder in ("lib", "pages") for file in (ROOT / folder).rglob("*.py")}
    holding = re.compile(r"\b(AccessToken|Asker|identify_asker|access_token)\b")
    holders = [file.relative_to(ROOT) for file, text in code.items() if holding.search(text)]
    assert {"/".join(file.parts[:2]) for file in holders} == {
        "lib/identity.py",
        "lib/ui",
        "lib/api",
        "lib/chat",
        "lib/agent",
    }
    assert len([file for file in holders if file.parts[1] == "ui"]) == 1
