"""The JSON of the differences between two results."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from lib.api.schema_base import Schema

Cell = str | int | float | bool | None
"""As it is in the result; dates and times are text, and so are numbers that JSON does not have."""
Cells = Annotated[dict[str, Cell], Field(description="By the names of the columns")]


class DifferenceSchema(Schema):
    """`percent` is of the old value; null where that is 0."""

    difference: float
    percent: float | None


class CellChangeSchema(Schema):
    """`change` is null for what is no number that measures something."""

    from_: Cell = Field(serialization_alias="from")
    to: Cell
    change: DifferenceSchema | None


class ChangedRowSchema(Schema):
    """`key` has the values that tell the row from the others, `cells` what has changed in it."""

    key: Cells
    cells: dict[str, CellChangeSchema]


class ChangesSchema(Schema):
    """At most 1,000 rows and 20,000 cells of each kind are listed; the counts are of all."""

    from_: UUID = Field(serialization_alias="from")
    to: UUID
    columns: list[str] = Field(description="Those that both results have, as the later one names them")
    key: list[str] = Field(description="The columns that tell the rows apart; empty if whole rows are compared")
    added: list[Cells]
    gone: list[Cells]
    changed: list[ChangedRowSchema]
    added_count: int
    gone_count: int
    changed_count: int
    added_columns: list[str]
    gone_columns: list[str]
    renamed_columns: dict[str, str] = Field(description="The later names by the earlier ones")
    cut: bool = Field(description="Not all rows of both results were there to be compared.")
