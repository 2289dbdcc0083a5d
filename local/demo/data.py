"""The demo's data in an in-memory DuckDB that can only be read."""

import datetime
import json
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from local.demo.make_data import later_orders

DATA = Path(__file__).parent / "data"
TABLES = ("customers", "products", "orders")
NAMED_COLUMNS = ("region", "country", "segment", "category", "product", "customer")
MAX_ROWS = 200
QUERY_SECONDS = 3.0
SALES_VIEW = """
CREATE VIEW sales AS
SELECT orders.order_id, orders.order_date, orders.quantity, orders.unit_price, orders.discount,
       orders.revenue, orders.returned, products.name AS product, products.category,
       customers.name AS customer, customers.segment, customers.region, customers.country
  FROM orders
  JOIN products USING (product_id)
  JOIN customers USING (customer_id)
"""
# SQL typed into the chat must not reach files, Python's variables (external to DuckDB too), or these settings.
LOCKS = (
    "SET autoinstall_known_extensions = false",
    "SET memory_limit = '256MB'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class QueryRefused(Exception):
    """The statement was not run, or failed; the message is for the person who asked."""


@dataclass(frozen=True)
class Result:
    sql: str
    columns: list[str]
    rows: list[tuple[Any, ...]]
    truncated: bool = False

    def as_json(self) -> str:
        body = {"columns": self.columns, "rows": self.rows, "row_count": len(self.rows)}
        return json.dumps(body | ({"truncated": True} if self.truncated else {}), default=str, ensure_ascii=False)


class Warehouse:
    """The data as they are so many days after the last day of the files.

    Safe to share between threads: each query has its own cursor.
    """

    def __init__(self, days_later: int = 0) -> None:
        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        for table in TABLES:
            path = str(DATA / f"{table}.csv")
            self._connection.read_csv(path).create(table)
        if rows := later_orders(days_later):
            self._connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        for statement in (SALES_VIEW, *LOCKS):
            self._connection.execute(statement)
        self.first_day, self.last_day = self._one_row("SELECT MIN(order_date), MAX(order_date) FROM sales")
        self.values = {column: self._values(column) for column in NAMED_COLUMNS}

    def query(self, sql: str) -> Result:
        """At most MAX_ROWS rows. Raises QueryRefused for anything but one SELECT, for bad SQL and for slow SQL."""
        _check_is_one_select(sql)
        with self._connection.cursor() as cursor:
            watchdog = threading.Timer(QUERY_SECONDS, cursor.interrupt)
            watchdog.start()
            try:
                cursor.execute(sql)
                rows = cursor.fetchmany(MAX_ROWS + 1)
                columns = [column[0] for column in cursor.description or []]
            except duckdb.InterruptException as exc:
                raise QueryRefused(f"The query took longer than {QUERY_SECONDS:.0f} seconds.") from exc
            except duckdb.Error as exc:
                raise QueryRefused(str(exc).split("\n\n")[0]) from exc
            finally:
                watchdog.cancel()
        return Result(sql, columns, rows[:MAX_ROWS], truncated=len(rows) > MAX_ROWS)

    def _one_row(self, sql: str) -> tuple[datetime.date, ...]:
        (row,) = self.query(sql).rows
        return row

    def _values(self, column: str) -> list[str]:
        return [row[0] for row in self.query(f"SELECT DISTINCT {column} FROM sales ORDER BY 1").rows]  # noqa: S608


@lru_cache(maxsize=8)
def shared_warehouse(days_later: int = 0) -> Warehouse:
    """The process shares one for each day, since nobody can write to it."""
    return Warehouse(days_later)


def _check_is_one_select(sql: str) -> None:
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as exc:
        raise QueryRefused(str(exc).split("\n\n")[0]) from exc
    if len(statements) != 1:
        raise QueryRefused("I run one statement at a time.")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise QueryRefused("I can only read: please send a SELECT.")
