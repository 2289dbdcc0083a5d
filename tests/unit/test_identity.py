"""The identity of a user, from the headers of the platform's proxy."""

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
def test_rows_are_owned_by_the_email_address(settings: Settings) -> None:
    user = identify(headers(email="ann@example.com", user="123@456", preferred_username="Ann"), settings)
    assert (user.id, user.email, user.name) == ("ann@example.com", "ann@example.com", "Ann")
    assert user.authenticated


@both
def test_without_an_email_address_rows_are_owned_by_the_platforms_user_id(settings: Settings) -> None:
    user = identify(headers(user="123@456"), settings)
    assert (user.id, user.email, user.name, user.authenticated) == ("123@456", None, None, True)


@both
def test_header_names_are_case_insensitive(settings: Settings) -> None:
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
def test_no_other_header_signs_a_user_in(sent: dict[str, str]) -> None:
    with pytest.raises(NotSignedIn):
        identify(Headers(sent), PLATFORM)
    user = identify(Headers(sent), LAPTOP)
    assert (user.id, user.authenticated) == ("local-dev-user", False)
    assert identify_asker(user, Headers(sent)).access_token is None


def test_dev_user_email_signs_in_on_a_laptop_but_not_on_the_platform() -> None:
    settings = replace(LAPTOP, dev_user_email="dev@example.com")
    user = identify(Headers(), settings)
    assert (user.id, user.email, user.authenticated) == ("dev@example.com", "dev@example.com", False)
    with pytest.raises(NotSignedIn):
        identify(Headers(), replace(settings, app_name="lakechat"))


def test_headers_take_precedence_over_dev_user_email() -> None:
    user = identify(headers(email="ann@example.com"), replace(LAPTOP, dev_user_email="dev@example.com"))
    assert (user.id, user.authenticated) == ("ann@example.com", True)


@pytest.mark.parametrize("name", ["Zoë", "Łukasz", "山田太郎", "Zoé 👩‍🔬", "plain"])
def test_a_name_sent_as_utf_8_is_decoded(name: str) -> None:
    as_read = name.encode().decode("latin-1")
    user = identify({"x-forwarded-email": as_read, "x-forwarded-preferred-username": as_read}, PLATFORM)
    assert (user.id, user.email, user.name) == (name.casefold(), name, name)


@pytest.mark.parametrize("name", ["Zo\xeb", "100 €", "\xff\xfe"])
def test_a_name_that_is_not_utf_8_is_kept_unchanged(name: str) -> None:
    assert identify({"x-forwarded-email": "a", "x-forwarded-preferred-username": name}, PLATFORM).name == name


def test_spaces_and_nul_characters_around_an_identity_are_dropped() -> None:
    user = identify({"x-forwarded-email": " ann@example.com\x00 ", "x-forwarded-preferred-username": "\x00"}, PLATFORM)
    assert (user.id, user.name) == ("ann@example.com", None)


# Each line is one address in several spellings.
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
def test_all_spellings_of_an_address_give_the_same_user(as_read: Callable[[str], str]) -> None:
    for id, spellings in PEOPLE.items():
        for spelling in (id, *spellings):
            user = identify({"x-forwarded-email": as_read(spelling)}, PLATFORM)
            assert (user.id, user.email) == (id, spelling.strip())
            dev = identify({}, load({"AGENT_URL": "http://localhost:1/", "DEV_USER_EMAIL": spelling}))
            assert (dev.id, dev.email) == (id, spelling.strip())


def test_different_addresses_give_different_users() -> None:
    others = ["ipek@example.com", "\u0131pek@example.com", "zoe@example.com", "asa@example.com"]
    ids = [identify({"x-forwarded-email": given}, PLATFORM).id for given in (*PEOPLE, *others)]
    assert len(set(ids)) == len(PEOPLE) + len(others)


def test_the_platforms_user_id_is_used_unchanged() -> None:
    assert identify({"x-forwarded-user": "AbC@456"}, PLATFORM).id == "AbC@456"


@given(st.text())
def test_case_folding_is_idempotent_and_independent_of_normalisation(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert {folded(normalize(form, text)) for form in ("NFC", "NFD")} == {once}


def test_invisible_characters_are_removed_from_a_name() -> None:
    sent = {"x-forwarded-user": "1", "x-forwarded-preferred-username": "\u202eAnn \u200bLee\x1b[1m"}
    assert identify(sent, PLATFORM).name == "Ann Lee"
    assert identify(sent | {"x-forwarded-preferred-username": "\u200b"}, PLATFORM).name is None


@both
def test_a_token_is_part_of_the_asker_and_not_of_the_user(settings: Settings) -> None:
    sent = headers(email="ann@example.com", access_token="secret")
    user = identify(sent, settings)
    assert identify_asker(user, sent) == Asker(user, AccessToken("secret"))
    assert identify_asker(user, headers(email="ann@example.com")) == Asker(user, None)
    assert "secret" not in repr(user.__dict__) + repr(identify_asker(user, sent))


def test_no_store_and_no_page_is_given_a_token() -> None:
    """lib.feedback keeps one for minutes, for ratings that only the person may give. lib.checks asks with that of an
    admin who looks about their own rights.
    """
    code = {file: file.read_text() for folder in ("lib", "pages") for file in (ROOT / folder).rglob("*.py")}
    holding = re.compile(r"\b(AccessToken|Asker|identify_asker|access_token)\b")
    holders = [file.relative_to(ROOT) for file, text in code.items() if holding.search(text)]
    assert {"/".join(file.parts[:2]) for file in holders} == {
        "lib/identity.py",
        "lib/ui",
        "lib/api",
        "lib/chat",
        "lib/agent",
        "lib/feedback",
        "lib/checks",
    }
    assert len([file for file in holders if file.parts[1] == "ui"]) == 1
