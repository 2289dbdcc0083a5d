"""Cleans titles and names that other people wrote: one line, no invisible characters, no change of text direction."""

import regex

MAX_MARKS = 8
"""Combining marks allowed on one letter. More would cover the lines above; Tibetan and pointed Hebrew need fewer."""

# Escape sequences by which a terminal sets colours and titles, with their parameters.
_TERMINAL = regex.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")
_BLANK = regex.compile(r"[\p{Cc}\u2800\u115f\u1160\u3164\uffa0]")
# Where scripts and emoji need joiners and variation selectors, these stay (RFC 5892 has the rules for joiners).
_PICTURE = r"\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?"
_NEEDED = rf"""
    \U0001f3f4 [\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}} \U000e007f
  | {_PICTURE} (?: \u200d {_PICTURE} )+
  | (?<= [\p{{Emoji}}\p{{S}}\p{{Han}}\p{{Mongolian}}\p{{Phags_Pa}}\p{{Myanmar}}] ) \p{{Variation_Selector}}
  | (?<= \p{{ccc=9}} ) [\u200c\u200d]
  | (?<= \p{{L}} ) [\u200c\u200d] (?= \p{{ccc=9}} )
  | (?<= [\p{{jt=L}}\p{{jt=D}}] \p{{Mn}}* ) [\u200c\u200d] (?= \p{{Mn}}* [\p{{jt=R}}\p{{jt=D}}] )
  | (?<= [\p{{jt=L}}\p{{jt=D}}] \p{{Mn}}* ) \u200d
"""
# Format characters that are visible: signs above numbers in Arabic, Syriac and Kaithi, and joiners of hieroglyphs.
_DRAWN = r"[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f]"
_UNSEEN = regex.compile(
    rf"(?P<needed> {_NEEDED} | {_DRAWN} )"
    r"| [\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}\ufffc]",
    regex.VERBOSE,
)
_DIRECTION = regex.compile(r"\p{Bidi_Control}")
_TOO_MANY_MARKS = regex.compile(rf"(\p{{M}}{{{MAX_MARKS}}})\p{{M}}+")
_MARKS_ON_NOTHING = regex.compile(r"(?<!\S)\p{M}+")
_SEEN = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}\p{Co}]")
_CHARACTER = regex.compile(r"\X")


def clean_label(text: str) -> str:
    """The text on one line, without invisible characters and direction controls; empty if nothing visible is left."""
    text = _BLANK.sub(" ", _TERMINAL.sub("", text))
    text = _UNSEEN.sub(lambda match: match["needed"] or "", text)
    text = " ".join(_MARKS_ON_NOTHING.sub("", _TOO_MANY_MARKS.sub(r"\1", text)).split())
    return text if _SEEN.search(text) else ""


def without_bidi_controls(text: str) -> str:
    """The text without characters that would change the direction of the text around it."""
    return _DIRECTION.sub("", text)


def truncated(text: str, most_chars: int) -> str:
    """At most `most_chars` code points, cut between grapheme clusters: never within a flag or a letter with marks."""
    end = 0
    for character in _CHARACTER.finditer(text):
        if character.end() > most_chars:
            break
        end = character.end()
    return text[: end or most_chars]
