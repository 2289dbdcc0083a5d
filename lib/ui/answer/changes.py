"""Draws what has changed since an earlier version of an answer: a sentence, and the rows that differ."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from lib.tables.changes_table import SHOWN_CHANGES, ChangesTable, ChangeWords, changes_table
from lib.tables.diff import TableDiff, diff_of
from lib.tables.parse import parse_result
from lib.ui.answer.history import Earlier
from lib.ui.answer.tool_output import format_of
from lib.ui.language import N_, _, ngettext, number_text
from lib.ui.markdown.escape import escape_text

NOT_READ = N_("The earlier version cannot be read right now.")
NO_KEY = N_("No column tells the rows apart, so a row in which anything is different counts as gone and added.")
CUT = N_("The result was cut at a limit, and a row that has moved across it counts as added or gone.")


def draw_changes(earlier: Earlier, output: str) -> None:
    """`output` is that of the newer version."""
    old_output = earlier.read()
    if old_output is None:
        st.caption(_(NOT_READ))
        return
    diff, table = _compared(old_output, output, st.context.locale, _words())
    st.markdown(summary(diff, earlier.said_at))
    if diff.count:
        st.dataframe(table.values, hide_index=True, column_config=_formats(table))
    if notes := _notes(diff):
        st.caption(" ".join(notes))


def summary(diff: TableDiff, since: str) -> str:
    """One sentence in Markdown."""
    if not diff.columns and (diff.added_columns or diff.gone_columns):
        return _("The result had other columns at {since}: its rows cannot be compared.").format(since=since)
    if diff.count:
        return _("**{changes}** since {since}.").format(changes=_counted(diff), since=since)
    is_same = not diff.added_columns and not diff.gone_columns
    text = _("Nothing has changed since {since}.") if is_same else _("No row has changed since {since}.")
    return text.format(since=since)


def _counted(diff: TableDiff) -> str:
    """Only the first count says that it is of rows."""
    counts = [len(diff.added), len(diff.gone), len(diff.changed)]
    of_rows = (
        ngettext("{number} row added", "{number} rows added", counts[0]),
        ngettext("{number} row gone", "{number} rows gone", counts[1]),
        ngettext("{number} row changed", "{number} rows changed", counts[2]),
    )
    alone = _("{number} added"), _("{number} gone"), _("{number} changed")
    first, *others = [(text, rows, count) for text, rows, count in zip(alone, of_rows, counts, strict=True) if count]
    return ", ".join([first[1], *(text.format(number=number_text(count)) for text, _rows, count in others)])


def _words() -> ChangeWords:
    return ChangeWords(
        change=_("Change"), added=_("Added"), gone=_("Gone"), changed=_("Changed"), was=_("{value} (was {old})")
    )


# A page draws all its answers again in every run.
@lru_cache(maxsize=16)
def _compared(
    old_output: str, new_output: str, locale: str | None, words: ChangeWords
) -> tuple[TableDiff, ChangesTable]:
    old, new = parse_result(old_output), parse_result(new_output)
    assert old and new  # noqa: S101 - each is the output with a result
    diff = diff_of(old, new)
    return diff, changes_table(diff, locale, words)


def _formats(table: ChangesTable) -> dict[str, Any]:
    formats: dict[str, Any] = {name: format_of(name, values) for name, values in table.values.items()}
    formats |= {name: st.column_config.TextColumn(alignment="right") for name in table.numbers}
    return {name: each for name, each in formats.items() if each}


def _notes(diff: TableDiff) -> Sequence[str]:
    renamed = ", ".join(_renamed(*names) for names in diff.renamed.items())
    first, count = number_text(SHOWN_CHANGES), number_text(diff.count)
    notes = {
        _("New columns: {columns}.").format(columns=_named(diff.added_columns)): diff.added_columns,
        _("Columns that are gone: {columns}.").format(columns=_named(diff.gone_columns)): diff.gone_columns,
        _("Renamed columns: {columns}.").format(columns=renamed): renamed,
        _(NO_KEY): diff.added and diff.gone and not diff.key,
        _(CUT): diff.is_cut,
        _("The first {shown} of {count} rows are shown.").format(shown=first, count=count): diff.count > SHOWN_CHANGES,
    }
    return [note for note, applies in notes.items() if applies]


def _renamed(old: str, new: str) -> str:
    return _("{old} to {new}").format(old=_named([old]), new=_named([new]))


def _named(names: Sequence[str]) -> str:
    return ", ".join(map(escape_text, names))
