"""Finds formulas and writes them in the one form that Streamlit draws everywhere: between two dollar signs each.

Amounts of money and the variables of shells and templates are no formulas.
"""

import re
from collections.abc import Sequence

from lib.ui.markdown.lines import JOINED, Line
from lib.ui.markdown.scan import InlineScanner

MAX_FORMULA_CHARS = 2_000
MAX_FORMULA_LINES = 100
DISPLAY_FORMULA = re.compile(r"\$\$(?!\$)|\\\[")
"""The signs that begin a display formula."""
# Words that are part of formulas. Any other word of three letters means prose, and so does one of _SHORT_WORD.
_FUNCTION = re.compile(
    "(?:arc)?(?:sin|cos|tan|cot)h?|arg(?:max|min)|max|min|sup|inf|lim|log|exp|det|dim|diag|gcd|lcm|mod|sgn"
)
_SHORT_WORD = re.compile(
    "an|as|at|be|bn|by|do|go|he|if|in|is|it|me|mm|mn|my|no|of|on|or|so|to|up|us|vs|we", re.IGNORECASE
)
_COMMAND = re.compile(r"\\(?:text\w*|mathrm|operatorname\*?|mathit|mathbf|label|tag)\s*\{[^{}]*\}|\\[A-Za-z]+")
_INDEX = re.compile(r"[_^]\s*\{[^{}]*\}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_AMOUNT = re.compile(r"[\d.,]+\s?(?:[kKmMbBtT]|bn|mn)?(?![\w^_{\\])")
_UNMISTAKABLE = re.compile(r"\\[A-Za-z]|[_^=]|[A-Za-z)\d]\s*[-+*/<>]\s*[A-Za-z(\d]")
_VARIABLE = re.compile(r"[A-Za-z]'*")
_NEVER = re.compile(r"[`\"€£¥“”;?!]|[^\x00-\u036f\u2026\u2070-\u22ff]")
_NUMBERS = re.compile(r"[\d\s,;.\u2013-]*")
_PROSE = re.compile(r"[^\\^_=<>+{}|]*")
# A single dollar sign may belong to an amount. These characters around it rule a formula out, or allow one.
_BEFORE_NONE = frozenset(["_", "$", "\\"])
_AFTER_SINGLE = re.compile(r"(?![\w${/%@])")


def is_formula(content: str) -> bool:
    """Whether text between `$$`, `\\(` or `\\[` is a formula. `\\[1\\]` and `\\(words\\)` are escaped brackets."""
    content = content.strip()
    if not content or _NUMBERS.fullmatch(content):
        return False
    words = [word for word in _WORD.findall(content) if not _FUNCTION.fullmatch(word)]
    is_prose = len(words) > 1 or any(len(word) > 3 or _SHORT_WORD.fullmatch(word) for word in words)
    return not (is_prose and _PROSE.fullmatch(content))


def _is_formula_in_single_signs(content: str) -> bool:
    """Whether text between two single dollar signs on one line can only be a formula."""
    if not content or content[0].isspace() or content[-1].isspace() or _NEVER.search(content):
        return False
    if _VARIABLE.fullmatch(content):
        return True
    if content[0] in "/,.)]}%&" or not _UNMISTAKABLE.search(content) or _names(content):
        return False
    return "\\" in content or not _AMOUNT.match(content)


def _names(content: str) -> bool:
    """Whether the text contains words that are no part of a formula."""
    words = _WORD.findall(_INDEX.sub(" ", _COMMAND.sub(" ", content)))
    return any((len(word) > 2 or _SHORT_WORD.fullmatch(word)) and not _FUNCTION.fullmatch(word) for word in words)


def display_formula(lines: Sequence[Line], *, growing: bool) -> tuple[list[str], int] | None:
    """The lines of the display formula at the beginning of `lines` (at most MAX_FORMULA_LINES), and how many it uses.

    None if there is none. If the text is `growing` and the formula has no end yet, it has no lines.
    """
    first = lines[0].words
    opening, closing = first[:2], "$$" if first[:2] == "$$" else "\\]"
    may_hold_blank_lines = first.strip() == opening
    content: list[str] = []
    for count, line in enumerate(lines):
        if count and (line.is_code or line.begins_block or not (line.words or may_hold_blank_lines)):
            return None
        body, end, rest = (line.words if count else first[2:]).partition(closing)
        content.append(body)
        if end:
            formula = "\n".join(content).strip()
            if not is_formula(formula) or rest.strip(" \t.,;:"):
                return None
            return [each.strip() for each in f"{formula}{rest.strip()}".split("\n") if each.strip()], count + 1
    return ([], len(lines)) if growing and len(lines) < MAX_FORMULA_LINES else None


class FormulaScanner(InlineScanner):
    """Handles the signs that begin a formula within a line of words."""

    def _escape(self, token: re.Match[str]) -> None:
        sign = token[0][1]
        if sign in "([" and self._formula("\\)" if sign == "(" else "\\]"):
            return
        if token[0] == "\\\\" and self._text[self._at : self._at + 1].isalnum():
            self._out.append("\\" * 4)  # in a path such as \\server, both backslashes are meant
        else:
            self._out.append(token[0])

    def _dollar(self, token: re.Match[str]) -> None:
        before, _ = self._around(token)
        if len(token[0]) == 2 and self._formula("$$"):
            return
        if len(token[0]) == 1 and not (before.isalnum() or before in _BEFORE_NONE) and self._single():
            return
        if self._options.growing and self._at == len(self._text):
            return  # the next character decides
        self._out.append("\\$" * len(token[0]))

    def _single(self) -> bool:
        content, end = self._content("$")
        if "\n" in content:
            return False
        if end < 0:
            return self._waits(re.match(r"\\(?:[A-Za-z]|$)", content) is not None)
        if not (_AFTER_SINGLE.match(self._text, end + 1) and _is_formula_in_single_signs(content)):
            return False
        self._put_formula(content)
        self._at = end + 1
        return True

    def _content(self, closing: str) -> tuple[str, int]:
        """The text up to the closing sign, and the sign's position; without one, MAX_FORMULA_CHARS of text and -1."""
        end = self._find(closing, self._at)
        while closing == "$" and end > 0 and self._text[end - 1] == "\\":
            end = self._text.find(closing, end + 1)
        return self._text[self._at : end if end >= 0 else self._at + MAX_FORMULA_CHARS], end

    def _waits(self, may_become_formula: bool) -> bool:
        """Whether to hide the rest of a growing text because it may become a formula."""
        is_waiting = may_become_formula and self._options.growing and len(self._text) - self._at < MAX_FORMULA_CHARS
        if is_waiting:
            self._put_off()
        return is_waiting

    def _formula(self, closing: str) -> bool:
        content, end = self._content(closing)
        if end < 0:
            return self._options.growing and self._waits(not content.strip() or is_formula(content))
        is_escaped_link = closing == "\\]" and self._text.startswith("(", end + 2)
        if is_escaped_link or not is_formula(content):
            return False
        self._put_formula(content)
        self._at = end + len(closing)
        return True

    def _put_formula(self, content: str) -> None:
        """Write the formula between two signs each, so that a single dollar sign inside does not end it."""
        content = content.strip(" \t").replace("\n", JOINED)
        if self._options.in_row:
            content = content.replace("\\|", "\\Vert ").replace("|", "\\vert ")
        ends_oddly = content.endswith(("$", "\\"))
        self._out.append(f"$${content}{' ' if ends_oddly else ''}$$")
