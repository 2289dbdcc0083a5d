"""A long answer with every kind of Markdown, to show streaming; its numbers come from queries."""

from local.demo.answer import format_value, raw_table
from local.demo.data import Result

YEARS = """SELECT YEAR(order_date) AS year, COUNT(*) AS orders, ROUND(SUM(revenue), 2) AS revenue,
       ROUND(AVG(revenue), 2) AS average_order, ROUND(100.0 * AVG(returned::INT), 1) AS return_rate
  FROM sales
 WHERE MONTH(order_date) <= 10
 GROUP BY 1
 ORDER BY 1"""
CATEGORIES = """SELECT category, ROUND(SUM(revenue), 2) AS revenue, SUM(quantity)::BIGINT AS units,
       ROUND(100.0 * AVG(returned::INT), 1) AS return_rate
  FROM sales
 GROUP BY 1
 ORDER BY revenue DESC"""
QUERIES = (YEARS, CATEGORIES)

TEXT = """# The shop in one read

This is the long answer. It walks through the whole data set, top to bottom, so that you can watch a longer text \
arrive: headings, paragraphs, a list, a table and a block of code. Every number in it was queried a moment ago, and \
the two queries are shown above with their results. Nothing here was written by a language model; the sentences are \
fixed, and only the figures in them move with the data.

## What the data is

A fictional outdoor retailer sells tents, packs, footwear, apparel, climbing gear and cooking gear to sixty business \
customers in ten European countries. Each row of `orders` is one order of one product: the day, the customer, the \
product, how many pieces, the price of a piece, the discount for larger quantities, the revenue after that discount, \
and whether the order came back. Two smaller tables describe `customers` and `products`, and the view `sales` joins \
the three so that most questions need no join of their own.

## Two years, compared fairly

The second year is not finished: the data ends with October. So both years are cut to their first ten months here, \
and only then compared. In those months of {first_year} the shop took {first_revenue} in {first_orders} orders; in \
the same months of {second_year} it took {second_revenue} in {second_orders}. That is a change of {growth}. The \
average order moved from {first_basket} to {second_basket}, which tells you whether the growth came from more orders \
or from larger ones. Whoever compares a full year with part of another will find a fall that never happened, and this \
is the most common mistake that people make with this table.

## What sells, and what comes back

{table}

**{top}** bring in the most money, {top_revenue} over the whole period, while **{bottom}** bring in the least, \
{bottom_revenue}. Revenue alone says little about trouble, though. The category with the highest share of returned \
orders is **{returned}**, at {return_rate}: sizes are hard to choose from a catalogue, and that shows. Three things \
are worth a closer look when you have the time:

- *Season.* Tents and packs sell in late spring and summer, warm apparel in autumn and winter, and the sum of both \
is flatter than either. Ask "show units by month for tents" and then "and for apparel?" to see them one by one.
- *Concentration.* A handful of customers place a large part of all orders. Ask for the top 10 customers and read the \
share beside each name; losing one of the first three would be felt in every report.
- *Discounts.* Orders of ten pieces or more get five percent off, and from twenty pieces on it is ten. The revenue \
column is what was paid in the end, so there is no need to subtract anything again.

## How to ask for more

You can combine a number (revenue, orders, units, average order, return rate, customers) with a breakdown (month, \
quarter, year, weekday, region, country, segment, category, product, customer), a period and any name that occurs in \
the data. You can also type SQL yourself. This one finds the customers who ordered in at least twelve different months:

```sql
SELECT customer, COUNT(DISTINCT STRFTIME(order_date, '%Y-%m')) AS active_months,
       ROUND(SUM(revenue), 2) AS revenue
  FROM sales
 GROUP BY customer
HAVING active_months >= 12
 ORDER BY revenue DESC
 LIMIT 10
```

Send it as it stands, or change it first: only reading is allowed, at most {max_rows} rows come back, and a query that \
takes longer than three seconds is stopped. When you are done with this data, point the app at your own agent; the \
conversation, the history and everything around it stay exactly the same.
"""


def write_essay(years: Result, categories: Result, max_rows: int) -> str:
    first, second = years.rows[0], years.rows[-1]
    top, bottom = categories.rows[0], categories.rows[-1]
    returned = max(categories.rows, key=lambda row: row[3])
    return TEXT.format(
        **{"first_year": first[0], "second_year": second[0], "max_rows": max_rows},
        **{"first_orders": f"{first[1]:,}", "second_orders": f"{second[1]:,}"},
        **{"first_revenue": format_value("euros", first[2]), "second_revenue": format_value("euros", second[2])},
        **{"first_basket": format_value("cents", first[3]), "second_basket": format_value("cents", second[3])},
        growth=f"{100 * (second[2] / first[2] - 1):+.1f} %",
        table=raw_table(categories),
        **{"top": top[0], "top_revenue": format_value("euros", top[1])},
        **{"bottom": bottom[0], "bottom_revenue": format_value("euros", bottom[1])},
        **{"returned": returned[0], "return_rate": format_value("percent", returned[3])},
    )
