"""Which tables a statement names."""

import pytest

from lib.messages.sql_tables import tables_read_by


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT region, SUM(revenue) FROM sales GROUP BY 1", ["sales"]),
        ("select * from main.shop.orders o join `main`.`shop`.`order items` i using (id)", ["orders", "order items"]),
        ('SELECT 1 FROM "Big Table" JOIN [dbo].[small] ON true', ["Big Table", "small"]),
        ("WITH top AS (SELECT * FROM orders), rest (a, b) AS (SELECT 1, 2) SELECT * FROM top JOIN rest", ["orders"]),
        ("SELECT EXTRACT(year FROM ordered_at), TRIM(BOTH ' ' FROM name) FROM orders", ["orders"]),
        ("SELECT * FROM orders WHERE a IS DISTINCT FROM b", ["orders"]),
        ("SELECT 'copied from paper' FROM notes -- and from memory\n/* from nowhere */", ["notes"]),
        ("SELECT * FROM (SELECT * FROM orders) JOIN LATERAL (SELECT 1)", ["orders"]),
        ("SELECT * FROM range(5)", []),
        ("SELECT * FROM Orders JOIN Orders", ["Orders"]),
        ("INSERT INTO log SELECT * FROM orders", []),
        ("DELETE FROM orders WHERE id IN (SELECT id FROM old)", []),
        ("SELECT updated_at, 'delete' FROM orders", ["orders"]),
        ("SELECT 1", []),
        ("Show me what came from sales", []),
        ("", []),
    ],
)
def test_the_tables_read_by_a_statement_are_named(sql: str, tables: list[str]) -> None:
    assert tables_read_by(sql) == tables
