"""Converts an agent's text block by block.

Streamlit's Markdown has additions: dollar signs make formulas, and colons make icons, colours and emoji. So the text is
read line by line by the rules of CommonMark. Code is not changed, formulas get the one form that Streamlit draws
everywhere, and in all other words the signs that Streamlit would interpret are escaped.
"""

import re
from collections import Counter
from dataclasses import replace

from lib.figures.recognise import kind_of
from lib.ui.language import N_, _
from lib.ui.markdown.escape import REWRITTEN
from lib.ui.markdown.footnotes import footnote_mark, split_footnotes
from lib.ui.markdown.formulas import DISPLAY_FORMULA, MAX_FORMULA_LINES, display_formula
from lib.ui.markdown.inline import inline
from lib.ui.markdown.lines import BROKEN, JOINED, Line, LineReader, fenced, with_prefixes
from lib.ui.markdown.links import DEFINITION, without_definition
from lib.ui.markdown.scan import InlineOptions
from lib.ui.markdown.tables import HTML_TABLE, MAX_HTML_LINES, fitted_row, html_table, table_columns

_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r"(?:=+|-+|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})[ \t]*")
UNFINISHED_FIGURE = N_(":small[:gray[Preparing a figure…]]")  # in place of its code, while that grows
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.)+)\]")


def streamlit_markdown(text: str, *, growing: bool = False, noted: frozenset[str] = frozenset()) -> str:
    """The text in Markdown that Streamlit shows as the agent meant it.

    `growing` means that the last block may be incomplete: a formula or tag that has only begun in it is not shown yet.
    `noted` are the labels of footnotes that are drawn elsewhere.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(JOINED, "").replace(BROKEN, "")
    text, notes = split_footnotes(text)
    return _Blocks(text, dict(notes), growing, noted).result()


class _Blocks:
    def __init__(self, text: str, notes: dict[str, str], growing: bool, noted: frozenset[str]) -> None:
        self._source, self._notes, self._growing = text, notes, growing
        reader = LineReader()
        self._lines = [reader.read(line) for line in text.split("\n")]
        self._open_fence = reader.open_fence
        self._options = InlineOptions(noted | frozenset(notes))
        self._line_options = replace(self._options, one_line=True)
        self._row_options = replace(self._line_options, in_row=True)
        self._labels: Counter[str] | None = None
        self._at = 0
        self._out: list[str] = []

    def result(self) -> str:
        while self._at < len(self._lines):
            self._block()
        self._end_code()
        for label, words in self._notes.items():
            self._out += ["", f"{footnote_mark(label)} {inline(words, self._options)}"]
        return "\n".join(self._out)

    def _end_code(self) -> None:
        """Close a fence that was left open, so that the text that follows is not part of the code."""
        if not self._open_fence:
            return
        index, line = self._code_begins
        if self._growing and kind_of(line.words.lstrip("`~"), "\n".join(self._out[index + 1 :])):
            self._out[index:] = [line.prefix + _(UNFINISHED_FIGURE)]
        else:
            self._out.append(line.continuation + self._open_fence)

    def _block(self) -> None:
        line = self._lines[self._at]
        if line.is_indented:
            self._indented_code()
        elif line.is_code or not line.words or _RULE.fullmatch(line.words):
            if line.is_code and line.begins_block:
                self._code_begins = len(self._out), line
            self._out.append(line.whole)
            self._at += 1
        elif _HEADING.match(line.words):
            self._words(1, one_line=True)
        elif columns := self._columns():
            self._table(columns)
        elif not (self._html_table() or self._formula()):
            self._paragraph()

    def _indented_code(self) -> None:
        """Write indented code unchanged, or between fences in two cases.

        Streamlit strips the blanks at the beginning of a text, and without them the lines would not be code. And code
        that Streamlit would rewrite must be drawn as an element of its own, which needs fences (draw.py).
        """
        end = self._at + 1
        while end < len(self._lines) and self._lines[end].goes_on_with_code:
            end += 1
        lines = self._lines[self._at : end]
        is_rewritten = any(REWRITTEN in line.words for line in lines)
        self._out += fenced(lines) if is_rewritten or not self._out else [line.whole for line in lines]
        self._at = end

    def _paragraph(self) -> None:
        first = self._lines[self._at]
        if (definition := DEFINITION.fullmatch(first.words)) and self._is_referred_to(definition["label"]):
            self._out.append(first.whole)
            self._at += 1
            return
        count = 1
        while self._goes_on(count):
            count += 1
        self._words(count)

    def _goes_on(self, count: int) -> bool:
        """Whether the line after `count` lines belongs to the same paragraph."""
        if self._at + count >= len(self._lines):
            return False
        line = self._lines[self._at + count]
        return not (
            line.begins_block
            or line.is_code
            or not line.words
            or _HEADING.match(line.words)
            or _RULE.fullmatch(line.words)
            or DISPLAY_FORMULA.match(line.words)
            or HTML_TABLE.match(line.words)
            or self._columns(count)
        )

    def _is_referred_to(self, label: str) -> bool:
        """Whether the text uses this label. If not, the line is shown and not hidden as a link reference."""
        if self._labels is None:
            self._labels = Counter(each.lower() for each in _LABEL.findall(self._source))
        return self._labels[label.lower()] > 1

    def _words(self, count: int, *, one_line: bool = False) -> None:
        lines = self._lines[self._at : self._at + count]
        self._at += count
        text = "\n".join(line.words for line in lines)
        shown = self._shown(text, self._line_options if one_line else self._options)
        self._out.append(with_prefixes(without_definition(shown), lines))

    def _shown(self, words: str, options: InlineOptions) -> str:
        """Convert the words before the current line. At the end of a growing text they may be incomplete."""
        is_open = self._growing and self._at == len(self._lines)
        return inline(words, replace(options, growing=True) if is_open else options)

    def _columns(self, ahead: int = 0) -> int:
        """The number of columns of the table whose head is that line; 0 if it is not the head of a table."""
        at = self._at + ahead
        return table_columns(*self._lines[at : at + 2]) if at + 1 < len(self._lines) else 0

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
        self._out.append(line.prefix + fitted_row(self._shown(line.words, self._row_options), columns))

    def _ahead(self, count: int) -> list[Line]:
        return self._lines[self._at : self._at + count]

    def _html_table(self) -> bool:
        """Replace the lines of an HTML table by Markdown, which is read next. False if none begins here."""
        first = self._lines[self._at]
        table = HTML_TABLE.match(first.words) and html_table(self._ahead(MAX_HTML_LINES), growing=self._growing)
        if not table:
            return False
        rows, count = table
        prefixes = [first.prefix, *[first.continuation] * len(rows)]
        lines = [Line(prefix, row) for prefix, row in zip(prefixes, rows, strict=False)]
        # Without blank lines around it, the table would be part of the paragraph before it, and the next paragraph
        # would be part of the table.
        blank = Line(first.continuation.rstrip(), "")
        before = [blank] if self._out and not first.begins_block else []
        self._lines[self._at : self._at + count] = [*before, *lines, blank]
        return True

    def _formula(self) -> bool:
        """Write a display formula. False if none begins here."""
        first = self._lines[self._at]
        formula = DISPLAY_FORMULA.match(first.words) and display_formula(
            self._ahead(MAX_FORMULA_LINES), growing=self._growing
        )
        if not formula:
            return False
        lines, count = formula
        self._at += count
        if lines:
            prefix = first.continuation
            self._out += [f"{first.prefix}$$", *(f"{prefix}{line}" for line in lines), f"{prefix}$$"]
        return True
