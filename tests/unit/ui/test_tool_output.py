"""How values of a table are shown."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from lib.ui.answer.tool_output import ShownTable, prepared


def shown(*rows: dict[str, Any]) -> ShownTable:
    table = prepared(json.dumps(rows))
    assert isinstance(table, ShownTable)
    return table


def test_measures_get_separators_and_codes_do_not() -> None:
    row = {
        "revenue": 125386.65,
        "orders": 12000,
        "paid": 8000,
        "orderId": 10248,
        "order_no": 77001,
        "zip": 80331,
        "year": 2026,
    }
    other = {"first": 1999, "flag": True, "region": "Alps", "large": 2**60, "none": None}
    formats = shown(row | other, row | other | {"revenue": None}).formats
    assert formats.keys() == {"revenue", "orders", "paid"}
    assert {each["type_config"]["format"] for each in formats.values()} == {"localized"}


@pytest.mark.parametrize(
    ("numbers", "step"),
    [
        ([14.0, 38.9], 0.1),
        ([125386.65, 54018.1], 0.01),
        ([1, 2.0], 1),
        ([1234.5678912, 2.5], 0.01),
        ([0.123456, 0.5], 0.0001),
        ([0.00012, 3.5], None),
        ([float("nan"), 0.5], 0.1),
    ],
)
def test_all_numbers_of_a_column_have_as_many_decimals(numbers: list[float], step: float | None) -> None:
    format_ = shown(*({"share": number} for number in numbers)).formats.get("share")
    assert (format_ and format_["type_config"]["step"]) == step


def test_texts_that_are_dates_are_dates() -> None:
    values = shown(
        {"day": "2026-11-27", "moment": "2026-11-27T10:00:00", "no": "2026-02-30", "mixed": "2026-11-27"},
        {"day": None, "moment": "2026-11-28 11:30", "no": "2026-02-28", "mixed": "later"},
    ).values
    assert values["day"][0] == date(2026, 11, 27)
    assert values["moment"][1] == datetime.fromisoformat("2026-11-28T11:30")
    assert (values["no"][0], values["mixed"][0]) == ("2026-02-30", "2026-11-27")


@pytest.mark.parametrize(
    "moments",
    [
        ["2026-11-27T10:00:00Z", "2026-11-27T10:00:00"],
        ["2026-11-27T10:00:00+02:00", "2026-11-27T10:00:00-05:00"],
    ],
)
def test_times_of_several_zones_stay_as_they_were_sent(moments: list[str]) -> None:
    assert shown(*({"at": moment} for moment in moments)).values["at"] == moments


@pytest.mark.parametrize("other", [1, 1.5])
@pytest.mark.parametrize("number", [2**53 + 1, -(2**63), 2**70, 10**400])
def test_no_digit_of_a_large_number_is_lost(number: int, other: float) -> None:
    assert shown({"number": number}, {"number": other}).values["number"] == [str(number), str(other)]
