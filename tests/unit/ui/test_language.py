"""The texts of the interface in other languages than English, and how a session gets its language."""

import json
import re
from collections.abc import Sequence
from io import BytesIO

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from lib.agent.http.refusals import Refused
from lib.ui import language
from lib.ui.language import FOLDER, LANGUAGES, ngettext, number_text, sentence
from local.texts import sentences, texts_in_code, updated

OTHERS = [name for name in LANGUAGES if name != "en"]
PLACEHOLDER = re.compile(r"\{\w*\}")


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "language", lambda: "de")


def messages(name: str) -> list[Message]:
    return [each for each in read_po(BytesIO((FOLDER / f"{name}.po").read_bytes()), locale=name) if each.id]


def forms(text: str | Sequence[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


@pytest.mark.parametrize("name", OTHERS)
def test_a_language_has_all_texts_of_the_code_and_no_others(name: str) -> None:
    file = (FOLDER / f"{name}.po").read_bytes()
    assert updated(file, texts_in_code(), name) == file, "run `make texts`"


@pytest.mark.parametrize("name", OTHERS)
def test_every_text_is_translated_with_its_placeholders_and_without_stray_blanks(name: str) -> None:
    for message in messages(name):
        texts, translations = forms(message.id), forms(message.string)
        assert all(translations) and len(texts) == len(translations), texts
        for text, translation in zip(texts, translations, strict=True):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(translation)), text
            assert translation == translation.strip() or text != text.strip(), text
            assert re.findall(r":material/\w+:|:\w+\[", text) == re.findall(r":material/\w+:|:\w+\[", translation), text


@pytest.mark.parametrize(
    ("chosen", "of_browser", "wanted"),
    [
        (None, None, "en"),
        (None, "de-AT", "de"),
        (None, "DE", "de"),
        (None, "fr-FR", "en"),
        ("auto", "de-DE", "de"),
        ("en", "de-DE", "en"),
        ("de", "en-GB", "de"),
        ("xx", "en-GB", "en"),
    ],
)
def test_the_language_is_the_chosen_one_then_the_browsers_then_english(
    chosen: str | None, of_browser: str | None, wanted: str
) -> None:
    assert language.wanted(chosen, of_browser) == wanted


@pytest.mark.usefixtures("german")
def test_a_sentence_from_below_is_translated_with_the_values_and_the_sentences_in_it() -> None:
    assert sentence("This chat was not found.") == "Dieser Chat wurde nicht gefunden."
    assert sentence("A title has at most 200 characters.") == "Ein Titel hat höchstens 200 Zeichen."
    refused = str(Refused(429, b'{"message": "Slow down."}'))
    assert sentence(refused) == (
        "Der Agent ist ausgelastet und nimmt gerade keine Fragen mehr an. Versuchen Sie es in einer Minute erneut. "
        "Meldung: Slow down."
    )
    assert sentence("Unknown words.") == "Unknown words." and sentence("") == ""


@pytest.mark.usefixtures("german")
def test_the_values_in_a_sentence_are_not_taken_for_texts_of_pages() -> None:
    assert language._("line") == "Zeile" and language._("{old} to {new}") == "{old} in {new}"
    for value in ("line", "failed to connect"):
        refused = str(Refused(429, json.dumps({"message": value}).encode()))
        assert sentence(refused).endswith(f" Meldung: {value}")


@pytest.mark.usefixtures("german")
def test_a_value_in_a_sentence_may_be_empty() -> None:
    said = "The connection needs you to sign in once. Then ask again."
    assert sentence(said) == "Die Verbindung erfordert, dass Sie sich einmal anmelden. Fragen Sie danach noch einmal."


@pytest.mark.usefixtures("german")
def test_numbers_are_written_as_the_language_does() -> None:
    assert ngettext("{number} row", "{number} rows", 1_234) == "1.234 Zeilen"
    assert ngettext("{number} row", "{number} rows", 1) == "1 Zeile"
    assert number_text(0.5, "0.0") == "0,5"


@pytest.mark.usefixtures("german")
def test_values_have_the_quotation_marks_of_the_language() -> None:
    assert sentence("“a.csv” is empty.") == "„a.csv“ ist leer."


@pytest.mark.usefixtures("german")
def test_a_text_with_sentences_in_sentences_without_end_is_soon_left_as_it_is() -> None:
    assert sentence("Error: " * 5 + "x") == "Fehler: " * 3 + "Error: " * 2 + "x"
    text = "Error: a It said: " * 2_000
    assert sentence(text) == text


@pytest.mark.usefixtures("german")
def test_a_value_that_stands_twice_in_a_sentence_is_one_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_texts_below", lambda _name: {"{a} is {a}, not {b}.": "{b} ist nicht {a}."})
    language._patterns.cache_clear()
    assert sentence("x is x, not y.") == "y ist nicht x." and sentence("x is y, not z.") == "x is y, not z."
    language._patterns.cache_clear()


def test_an_english_sentence_stays_as_it_is() -> None:
    assert sentence("This chat was not found.") == "This chat was not found."


def test_sentences_of_a_module_are_found_but_no_docstrings_log_lines_or_pieces() -> None:
    module = '''
"""A docstring has words."""
log.warning("Nobody reads this sentence.")
name = "too short"
one = "This is wrong."
two = f"Only {most:,} files fit, not {count}."
three = "{} was lost, and {:,} others."
pattern = "Looks like a sentence\\\\d."
'''
    found = [text for _line, _call, text, _comments in sentences(BytesIO(module.encode()), {}, (), {})]
    assert found == [
        "This is wrong.",
        "Only {value1} files fit, not {value2}.",
        "{value1} was lost, and {value2} others.",
    ]
