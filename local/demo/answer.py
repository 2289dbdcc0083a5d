"""Puts a query's result into words: a sentence or two of insight, then a Markdown table."""

import datetime
from typing import Any

from local.demo.data import Result
from local.demo.question import Question
from local.demo.sql import MEASURES, TIME_DIMENSIONS

TABLE_ROWS = 15
NUMERIC = {"revenue", "orders", "units", "customers", "basket", "return_rate", "share"}
TITLES = {"basket": "Average order", "return_rate": "Return rate", "share": "Share"}
UNITS = {"orders": "count", "share": "percent", **{name: measure.unit for name, measure in MEASURES.items()}}
PLURALS = {"country": "countries", "category": "categories"}


def format_value(unit: str, value: Any) -> str:
    if value is None:
        return "–"  # noqa: RUF001
    if unit == "percent":
        return f"{value:.1f} %"
    return {"euros": f"€{value:,.0f}", "cents": f"€{value:,.2f}"}.get(unit, f"{value:,}")


def label(dimension: str, value: Any) -> str:
    """A group as a person writes it: "2026-07" is Jul 2026, "2026-Q3" is Q3 2026."""
    if dimension == "month":
        return f"{datetime.date.fromisoformat(f'{value}-01'):%b %Y}"
    if dimension == "quarter":
        year, quarter = str(value).split("-")
        return f"{quarter} {year}"
    return str(value)


def markdown_table(columns: list[str], rows: list[list[str]], right: set[str]) -> str:
    def line(cells: list[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    ruler = ["---:" if column in right else "---" for column in columns]
    return "\n".join([line(columns), line(ruler), *map(line, rows)])


def raw_table(result: Result) -> str:
    """Any result as a table of at most TABLE_ROWS rows; a cell has one line."""
    cells = [[" ".join(str(cell).split())[:80] for cell in row] for row in result.rows[:TABLE_ROWS]]
    right = {
        name
        for name, value in zip(result.columns, result.rows[0], strict=True)
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return markdown_table(result.columns, cells, right)


def describe(question: Question, result: Result, last_day: datetime.date) -> str:
    """The whole answer; `last_day` is where the data ends."""
    notes = _notes(question, last_day)
    if not result.rows or result.rows[0][-1] in (0, None) or result.rows[0][0] is None:
        return f"I found no orders{scope(question)}. " + _range_of_data(last_day)
    if not question.dimension:
        return " ".join([_single_number(question, result), *notes])
    insight = _over_time(question, result) if question.dimension in TIME_DIMENSIONS else _ranking(question, result)
    return " ".join([insight, *notes]) + "\n\n" + _table(question, result)


def scope(question: Question) -> str:
    """ " in the Alps and Nordics in Q3 2026", or nothing."""
    filters = question.filters.items()
    parts = [f" for {' and '.join(names)}" for column, names in filters if column != question.dimension]
    if question.periods:
        parts.append(f" in {' and '.join(period.label for period in question.periods)}")
    return "".join(parts)


def _single_number(question: Question, result: Result) -> str:
    name = question.measure or "revenue"
    value = format_value(UNITS[name], result.rows[0][0])
    orders = "" if name == "orders" else f", from {result.rows[0][1]:,} orders"
    return f"{_subject(name)}{scope(question)} was **{value}**{orders}."


def _subject(name: str) -> str:
    text = MEASURES[name].label
    return text.capitalize() if name in ("revenue", "units") else f"The {text}"


def _change(name: str, dimension: str, rows: list[tuple[Any, ...]]) -> str:
    """The change from the earlier period to the later one."""
    (first, before, *_), (second, after, *_) = rows
    text = f"{_subject(name)} was {format_value(UNITS[name], before)} in {label(dimension, first)} and "
    text += f"**{format_value(UNITS[name], after)}** in {label(dimension, second)}"
    return text + (f", a change of **{100 * (after / before - 1):+.1f} %**." if before else ".")


def _ranking(question: Question, result: Result) -> str:
    name, dimension = question.measure or "revenue", question.dimension or ""
    measure, unit = MEASURES[name], UNITS[name]
    first = result.rows[0]
    end = "lowest" if question.ascending else "highest"
    text = f"**{label(dimension, first[0])}** had the {end} {measure.label}{scope(question)}: "
    text += f"**{format_value(unit, first[1])}**"
    if measure.additive:
        text += f", {format_value('percent', first[2])} of the total"
    if len(result.rows) == 1:
        return text + "."
    second = result.rows[1]
    text += f". {label(dimension, second[0])} came next with {format_value(unit, second[1])}"
    if second[1] and unit != "percent" and not question.ascending:
        text += f", {format_value('percent', 100 * (first[1] - second[1]) / first[1])} less"
    return text + "."


def _over_time(question: Question, result: Result) -> str:
    name, dimension = question.measure or "revenue", question.dimension or ""
    measure, unit = MEASURES[name], UNITS[name]
    if len(result.rows) == 2 and not question.limit:
        return _change(name, dimension, result.rows)
    rows = sorted(result.rows, key=lambda row: row[1])
    low, high = rows[0], rows[-1]
    total = f" came to **{format_value(unit, sum(row[1] for row in rows))}**;" if measure.additive else ":"
    text = f"{_subject(name)}{scope(question)}{total} the highest {dimension} was "
    text += f"**{label(dimension, high[0])}** with {format_value(unit, high[1])}"
    if len(rows) > 1:
        text += f", the lowest {label(dimension, low[0])} with {format_value(unit, low[1])}"
    return text + "."


def _table(question: Question, result: Result) -> str:
    dimension = question.dimension or ""
    chronological = dimension in TIME_DIMENSIONS and not question.limit
    shown = result.rows[-TABLE_ROWS:] if chronological else result.rows[:TABLE_ROWS]
    titles = [TITLES.get(column, column.capitalize()) for column in result.columns]
    rows = [
        [
            label(dimension, row[0]),
            *(format_value(UNITS[c], v) for c, v in zip(result.columns[1:], row[1:], strict=True)),
        ]
        for row in shown
    ]
    table = markdown_table(titles, rows, set(titles[1:]))
    if hidden := len(result.rows) - len(shown):
        table += f"\n\n{hidden} {'earlier' if chronological else 'more'} rows are in the query's result."
    return table


def _notes(question: Question, last_day: datetime.date) -> list[str]:
    notes = []
    if any(period.start <= last_day < period.end - datetime.timedelta(days=1) for period in question.periods):
        notes.append(_range_of_data(last_day))
    if question.other_dimensions:
        notes.append(f"I break down by one thing at a time, here by {question.dimension}.")
    for name in question.unknown_names:
        notes.append(f'(I do not know "{name}" and left it out.)')
    return notes


def _range_of_data(last_day: datetime.date) -> str:
    return f"(The data runs from January 2025 to {last_day.day} {last_day:%B %Y}.)"
