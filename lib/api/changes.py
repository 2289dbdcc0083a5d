"""The route for what has changed between two answers to the same question."""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate, islice
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from lib.api.changes_schemas import (
    Cell,
    CellChangeSchema,
    ChangedRowSchema,
    ChangesSchema,
    DifferenceSchema,
)
from lib.api.dependencies import Chats, must_own
from lib.api.openapi import new_router
from lib.chat.another_answer import message_of
from lib.errors import NotComparable
from lib.messages.result import Result, find_result
from lib.store.models import Message
from lib.tables.cell_change import change_of
from lib.tables.diff import ChangedRow, Row, TableDiff, diff_of

MAX_ROWS = 1_000
MAX_CELLS = 20_000
"""Of each kind of rows. A cell takes some 70 bytes, so an answer is no larger than a few MB whatever its columns."""
router = new_router("answers")


@router.get("/chat/{chat_id}/changes")
@router.get("/chats/{chat_id}/changes")
def changes(
    chat_id: UUID,
    chats: Chats,
    from_: Annotated[UUID, Query(alias="from", description="The earlier answer")],
    to: Annotated[UUID, Query(description="The later answer")],
) -> ChangesSchema:
    """What has changed between the results of two answers to the same question, in a chat of your own.

    The result of an answer is the last table that a tool gave. 422 if an answer has none.
    """
    must_own(chats, chat_id)
    earlier, later = message_of(chats, chat_id, from_), message_of(chats, chat_id, to)
    if earlier.role == "user" or earlier.parent_id != later.parent_id:
        raise NotComparable("These are not two answers to the same question.")
    return _schema(earlier, later, diff_of(_result(earlier, "earlier").table, _result(later, "later").table))


def _result(answer: Message, which: str) -> Result:
    if result := find_result(answer.parts):
        return result
    raise NotComparable(f"The {which} answer does not rest on a table, so there is nothing to compare.")


def _schema(earlier: Message, later: Message, diff: TableDiff) -> ChangesSchema:
    return ChangesSchema(
        from_=earlier.id,
        to=later.id,
        columns=[column.name for column in diff.columns],
        key=list(diff.key),
        added=[_cells(diff, row) for row in diff.added[: _fitting(map(len, diff.added))]],
        gone=[_cells(diff, row) for row in diff.gone[: _fitting(map(len, diff.gone))]],
        changed=[_changed_row(diff, row) for row in diff.changed[: _fitting(len(row.columns) for row in diff.changed)]],
        added_count=len(diff.added),
        gone_count=len(diff.gone),
        changed_count=len(diff.changed),
        added_columns=list(diff.added_columns),
        gone_columns=list(diff.gone_columns),
        renamed_columns=diff.renamed,
        cut=diff.is_cut,
    )


def _fitting(cells: Iterable[int]) -> int:
    """How many of the rows with so many cells are listed: at least one."""
    totals = accumulate(islice(cells, MAX_ROWS))
    return max(1, sum(total <= MAX_CELLS for total in totals))


def _changed_row(diff: TableDiff, row: ChangedRow) -> ChangedRowSchema:
    cells = {
        column.name: CellChangeSchema(
            from_=_cell(old), to=_cell(new), change=_difference(old, new) if column.is_measure else None
        )
        for column, old, new in zip(diff.columns, row.old, row.new, strict=True)
        if column.name in row.columns
    }
    return ChangedRowSchema(key=_cells(diff, row.new, diff.key), cells=cells)


def _difference(old: Any, new: Any) -> DifferenceSchema | None:
    change = change_of(old, new)
    return DifferenceSchema(difference=change.difference, percent=change.percent) if change else None


def _cells(diff: TableDiff, row: Row, only: Sequence[str] | None = None) -> dict[str, Cell]:
    named = zip(diff.columns, row, strict=True)
    return {column.name: _cell(value) for column, value in named if only is None or column.name in only}


def _cell(value: Any) -> Cell:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    cell: Cell = value
    return cell
