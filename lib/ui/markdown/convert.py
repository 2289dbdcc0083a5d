"""The one step between what an agent wrote and `st.markdown`: what a person reads is what was written.

Streamlit's Markdown is more than Markdown: dollar signs make formulas, colons make icons, colours and emoji. Here the
text is walked line by line, as CommonMark has it: code goes through as it is, formulas get the one form that Streamlit
draws in every place, and in all other words the signs of which it would make something are escaped (inline.py).
"""

import re
import textwrap
from collections import Counter
from dataclasses import replace
from functools import lru_cache

from lib.ui.markdown.formulas import is_formula
from lib.ui.markdown.inline import footnote_mark, inline
from lib.ui.markdown.lines import Line, LineReader, split_footnotes
from lib.ui.markdown.scan import BROKEN, JOINED, InlineOptions

_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r"(?:=+|-+|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})[ \t]*")
_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_CELL_END = re.compile(r"(?<!\\)\|")
_REFERENCE = re.compile(r"\[((?:[^\]\\]|\\.)+)\]:[ \t]*\S")
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.)+)\]")
_FORMULA = re.compile(r"\$\$(?!\$)|\\\[")
MOST_FORMULA_LINES = 100
LONG_CHARS = 20_000


def streamlit_markdown(text: str, *, growing: bool = False, noted: frozenset[str] = frozenset()) -> str:
    """`growing`: more of the last block may come; what has only begun there, a formula or a tag, is not shown yet.

    `noted` are labels of footnotes that stand elsewhere.
    """
    if growing or noted:
        return _converted(text, growing, noted)
    return _kept(text) if len(text) <= LONG_CHARS else _kept_long(text)


# A page draws all its answers anew with every click.
@lru_cache(maxsize=1_000)
def _kept(text: str) -> str:
    return _converted(text)


@lru_cache(maxsize=8)
def _kept_long(text: str) -> str:
    return _converted(text)


def _converted(text: str, growing: bool = False, noted: frozenset[str] = frozenset()) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(JOINED, "").replace(BROKEN, "")
    text, notes = split_footnotes(text)
    return _Blocks(text, dict(notes), growing, noted).result()


class _Blocks:
    def __init__(self, text: str, notes: dict[str, str], growing: bool, noted: frozenset[str]) -> None:
        self._source, self._notes, self._growing = text, notes, growing
        reader = LineReader()
        self._lines = [reader.read(line) for line in text.split("\n")]
        self._open_fence = reader.open_fence
        self._place = InlineOptions(noted | frozenset(notes))
        self._line_place = replace(self._place, one_line=True)
        self._row_place = replace(self._line_place, in_row=True)
        self._labels: Counter[str] | None = None
        self._at = 0
        self._out: list[str] = []

    def result(self) -> str:
        while self._at < len(self._lines):
            self._block()
        self._end_code()
        for label, words in self._notes.items():
            self._out += ["", f"{footnote_mark(label)} {inline(words, self._place)}"]
        return "\n".join(self._out)

    def _end_code(self) -> None:
        """What follows, a mark of ours or a footnote, is no part of the code that nobody ended."""
        if not self._open_fence:
            return
        place, line = self._code_begins
        if self._growing and "mermaid" in line.words.lower():
            # A drawing that is not whole is an error, drawn anew with every word.
            self._out[place] = line.prefix + self._open_fence
        self._out.append(line.continuation + self._open_fence)

    def _block(self) -> None:
        line = self._lines[self._at]
        if not self._out and line.is_indented:
            self._code_at_the_head()
        elif line.is_code or not line.words or _RULE.fullmatch(line.words):
            if line.is_code and line.begins_block:
                self._code_begins = len(self._out), line
            self._out.append(line.whole)
            self._at += 1
        elif _HEADING.match(line.words):
            self._words(1, one_line=True)
        elif columns := self._columns():
            self._table(columns)
        elif not (_FORMULA.match(line.words) and self._formula()):
            self._paragraph()

    def _code_at_the_head(self) -> None:
        """Streamlit takes the blanks off the beginning of a text, which made these lines code."""
        end = self._at
        while end < len(self._lines) and (not self._lines[end].whole.strip() or self._lines[end].is_indented):
            end += 1
        code = textwrap.dedent("\n".join(line.whole for line in self._lines[self._at : end])).rstrip()
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        self._out += [fence, code, fence, ""]
        self._at = end

    def _paragraph(self) -> None:
        first = self._lines[self._at]
        if (reference := _REFERENCE.match(first.words)) and self._is_referred_to(reference[1]):
            self._out.append(first.whole)
            self._at += 1
            return
        count = 1
        while self._goes_on(count):
            count += 1
        self._words(count, literal_head=bool(reference))

    def _goes_on(self, count: int) -> bool:
        """Whether one more line belongs to the same words."""
        if self._at + count >= len(self._lines):
            return False
        line = self._lines[self._at + count]
        return not (
            line.begins_block
            or line.is_code
            or not line.words
            or _HEADING.match(line.words)
            or _RULE.fullmatch(line.words)
            or _FORMULA.match(line.words)
            or self._columns(count)
        )

    def _is_referred_to(self, label: str) -> bool:
        """Otherwise Markdown would show nothing of the line."""
        if self._labels is None:
            self._labels = Counter(each.lower() for each in _LABEL.findall(self._source))
        return self._labels[label.lower()] > 1

    def _words(self, count: int, *, one_line: bool = False, literal_head: bool = False) -> None:
        lines = self._lines[self._at : self._at + count]
        self._at += count
        text = "\n".join(line.words for line in lines)
        shown = self._shown(text, self._line_place if one_line else self._place)
        if literal_head and shown.startswith("["):
            shown = f"\\{shown}"
        self._out.append(_with_prefixes(shown, lines))

    def _shown(self, words: str, place: InlineOptions) -> str:
        """`words` reach up to the line at which we are: after the last of them more may come."""
        is_open = self._growing and self._at == len(self._lines)
        return inline(words, replace(place, growing=True) if is_open else place)

    # Tables.

    def _columns(self, ahead: int = 0) -> int:
        """How many columns the table has whose head is the line; none when it is no head."""
        head, rule = self._at + ahead, self._at + ahead + 1
        if (
            rule >= len(self._lines)
            or "-" not in self._lines[rule].words
            or "|" not in self._lines[head].words + self._lines[rule].words
        ):
            return 0
        line = self._lines[rule]
        if line.begins_block or line.is_code or not _DELIMITERS.fullmatch(line.words):
            return 0
        columns = len(_cells(line.words))
        return columns if len(_cells(self._lines[head].words)) == columns else 0

    def _table(self, columns: int) -> None:
        self._row(columns)
        self._out.append(self._lines[self._at].whole)
        self._at += 1
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.begins_block or line.is_code or not line.words or _HEADING.match(line.words):
                return
            self._row(columns)

    def _row(self, columns: int) -> None:
        line = self._lines[self._at]
        self._at += 1
        shown = self._shown(line.words, self._row_place)
        cells = _cells(shown)
        if len(cells) > columns:
            # Markdown drops the cells that a row has too many.
            last = "\\|".join(cells[columns - 1 :])
            shown = f"|{'|'.join([*cells[: columns - 1], last])}|"
        self._out.append(line.prefix + shown)

    # Formulas that stand alone.

    def _formula(self) -> bool:
        """Draw it as a block; False when these lines are no such formula."""
        first = self._lines[self._at]
        opening = first.words[:2]
        closing = "$$" if opening == "$$" else "\\]"
        stands_alone = not first.words[2:].strip()
        content: list[str] = []
        for count, line in enumerate(self._lines[self._at : self._at + MOST_FORMULA_LINES]):
            if count and (line.is_code or line.begins_block or not (line.words or stands_alone)):
                return False
            words = line.words[2:] if count == 0 else line.words
            body, found, rest = words.partition(closing)
            content.append(body)
            if found:
                return self._draw_formula(content, rest, count + 1)
        is_begun = self._growing and self._at + MOST_FORMULA_LINES > len(self._lines)
        if is_begun:
            self._at = len(self._lines)
        return is_begun

    def _draw_formula(self, content: list[str], rest: str, count: int) -> bool:
        formula = "\n".join(content).strip()
        if not is_formula(formula) or rest.strip(" \t.,;:"):
            return False
        first = self._lines[self._at]
        shown = [line.strip() for line in f"{formula}{rest.strip()}".split("\n") if line.strip()]
        self._at += count
        prefix = first.continuation
        self._out.append("\n".join([f"{first.prefix}$$", *(f"{prefix}{line}" for line in shown), f"{prefix}$$"]))
        return True


def _cells(row: str) -> list[str]:
    return _CELL_END.split(re.sub(r"(?<!\\)\|$", "", row.strip().removeprefix("|")))


def _with_prefixes(shown: str, lines: list[Line]) -> str:
    """Each line of a paragraph behind what it stands in: the marks of lists and quotes."""
    out, number = [lines[0].prefix], 0
    for piece in re.split(f"([\n{JOINED}{BROKEN}])", shown):
        if piece == BROKEN:
            out.append(f"\n{lines[number].continuation}")
        elif piece in ("\n", JOINED):
            number += 1
            out.append(f"\n{lines[number].prefix}" if piece == "\n" else " ")
        else:
            out.append(piece)
    return "".join(out)
