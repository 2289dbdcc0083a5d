"""Writes the SQL for a question, over the view `sales`."""

from dataclasses import dataclass

from local.demo.periods import Period
from local.demo.question import Question

MAX_ROWS = 60


@dataclass(frozen=True)
class Measure:
    """`additive` measures have shares of a total; the others come with the number of orders instead."""

    expression: str
    label: str
    unit: str
    additive: bool


MEASURES = {
    "revenue": Measure("ROUND(SUM(revenue), 2)", "revenue", "euros", True),
    "orders": Measure("COUNT(*)", "number of orders", "count", True),
    "units": Measure("SUM(quantity)::BIGINT", "units sold", "count", True),
    "customers": Measure("COUNT(DISTINCT customer)", "number of customers who ordered", "count", False),
    "basket": Measure("ROUND(AVG(revenue), 2)", "average order value", "cents", False),
    "return_rate": Measure("ROUND(100.0 * AVG(returned::INT), 2)", "return rate", "percent", False),
}
TIME_DIMENSIONS = {
    "month": "STRFTIME(order_date, '%Y-%m')",
    "quarter": "CONCAT(YEAR(order_date), '-Q', QUARTER(order_date))",
    "year": "YEAR(order_date)::VARCHAR",
}
WEEKDAY = "DAYNAME(order_date)"


def dimension_expression(name: str) -> str:
    return TIME_DIMENSIONS.get(name) or (WEEKDAY if name == "weekday" else name)


def sql_for(question: Question) -> str:
    name = question.measure or "revenue"
    measure = MEASURES[name]
    lines = ["SELECT " + ",\n       ".join(_columns(question, name, measure)), "  FROM sales"]
    conditions = [_periods(question.periods), *(_is_one_of(*item) for item in question.filters.items())]
    lines += [f"{'   AND' if n else ' WHERE'} {condition}" for n, condition in enumerate(filter(None, conditions))]
    if question.dimension:
        lines += [" GROUP BY 1", f" ORDER BY {_order(question, name)}", f" LIMIT {question.limit or MAX_ROWS}"]
    return "\n".join(lines)


def _columns(question: Question, name: str, measure: Measure) -> list[str]:
    value = f"{measure.expression} AS {name}"
    if not question.dimension:
        return [value] if name == "orders" else [value, "COUNT(*) AS orders"]
    expression = dimension_expression(question.dimension)
    group = expression if expression == question.dimension else f"{expression} AS {question.dimension}"
    if measure.additive and question.dimension not in TIME_DIMENSIONS:
        bare = measure.expression.removeprefix("ROUND(").removesuffix(", 2)").removesuffix("::BIGINT")
        return [group, value, f"ROUND(100.0 * {bare} / SUM({bare}) OVER (), 1) AS share"]
    return [group, value] if name == "orders" else [group, value, "COUNT(*) AS orders"]


def _order(question: Question, name: str) -> str:
    if question.dimension in TIME_DIMENSIONS and not question.limit:
        return "1"
    return f"{name} {'ASC' if question.ascending else 'DESC'}, 1"


def _periods(periods: tuple[Period, ...]) -> str:
    ranges = [f"order_date >= DATE '{p.start}' AND order_date < DATE '{p.end}'" for p in periods]
    return ranges[0] if len(ranges) == 1 else " OR ".join(f"({r})" for r in ranges).join("()") if ranges else ""


def _is_one_of(column: str, names: tuple[str, ...]) -> str:
    quoted = [f"'{name.replace(chr(39), chr(39) * 2)}'" for name in names]
    return f"{column} = {quoted[0]}" if len(quoted) == 1 else f"{column} IN ({', '.join(quoted)})"
