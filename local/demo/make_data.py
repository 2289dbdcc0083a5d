"""Writes the demo's CSV files, the same bytes every time: `python -m local.demo.make_data`."""

import csv
import datetime
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

DATA = Path(__file__).parent / "data"
SEED = 2026
FIRST_DAY = datetime.date(2025, 1, 1)
LAST_DAY = datetime.date(2026, 10, 31)
ORDER_COUNT = 2000
FIRST_NUMBER = 10001
NEW_ORDERS, LATE_ORDERS = 4, 8
"""Of each day after LAST_DAY: orders of that day, and orders of the months before that are booked only then."""
LATE_DAYS = 120

COUNTRIES = {
    "Alps": ("Austria", "Switzerland"),
    "Benelux": ("Belgium", "Netherlands"),
    "British Isles": ("Ireland", "United Kingdom"),
    "Iberia": ("Portugal", "Spain"),
    "Nordics": ("Norway", "Sweden"),
}
REGION_WEIGHTS = {"Alps": 27, "Benelux": 14, "British Isles": 20, "Iberia": 13, "Nordics": 24}
SEGMENTS = ("Online", "Retail", "Specialist")
FIRST_WORDS = (
    *("Alder", "Birch", "Cairn", "Drift", "Ember", "Fjord", "Granite", "Harbour", "Inlet", "Juniper"),
    *("Kestrel", "Larch", "Marten", "Nettle", "Osprey", "Pinewood", "Quarry", "Rowan", "Summit", "Tarn"),
    *("Upland", "Vale", "Willow", "Yarrow", "Zephyr", "Bracken", "Copper Hill", "Dunlin", "Elk Lane", "Foxglove"),
)
CUSTOMER_COUNT = 60
LAST_WORDS = ("Outfitters", "Trail Supply", "Mountain House", "& Daughters", "Basecamp", "Outdoor")
# name, price in euros, how much better it sells in summer (1 = all year alike)
PRODUCTS = {
    "Tents": (("Drey 1", 219.0, 2.6), ("Drey 2", 289.0, 2.8), ("Lodge 4", 549.0, 2.4), ("Bothy Tarp", 89.0, 2.0)),
    "Packs": (("Skein 24", 95.0, 1.4), ("Skein 45", 165.0, 1.5), ("Haul 70", 245.0, 1.6), ("Pocket 12", 49.0, 1.3)),
    "Footwear": (("Scree Low", 139.0, 1.2), ("Scree Mid", 169.0, 1.1), ("Firn Boot", 289.0, 0.6)),
    "Apparel": (("Squall Shell", 259.0, 0.8), ("Ember Down", 329.0, 0.4), ("Merino Base", 79.0, 0.6)),
    "Climbing": (("Route Harness", 75.0, 1.3), ("Pitch Rope 60", 189.0, 1.4), ("Quickdraw Set", 109.0, 1.3)),
    "Cooking": (("Kettle Stove", 119.0, 1.7), ("Twin Pot", 59.0, 1.6), ("Trail Flask", 35.0, 1.1)),
}
RETURN_RATES = {"Footwear": 0.115, "Apparel": 0.085, "Tents": 0.05, "Packs": 0.035, "Climbing": 0.02, "Cooking": 0.03}

Row = Sequence[object]


def customers(rng: random.Random) -> list[Row]:
    """Rows of (customer_id, name, region, country, segment, customer_since)."""
    pairs = [(first, last) for first in FIRST_WORDS for last in rng.sample(LAST_WORDS, 2)]
    names = [f"{first} {last}" for first, last in rng.sample(pairs, CUSTOMER_COUNT)]
    regions = rng.choices(list(REGION_WEIGHTS), list(REGION_WEIGHTS.values()), k=len(names))
    return [
        (
            f"C-{number:03}",
            name,
            region,
            rng.choice(COUNTRIES[region]),
            rng.choices(SEGMENTS, (3, 4, 3))[0],
            FIRST_DAY - datetime.timedelta(days=rng.randint(30, 3000)),
        )
        for number, (name, region) in enumerate(zip(names, regions, strict=True), start=1)
    ]


def products() -> list[Row]:
    """Rows of (product_id, name, category, unit_price)."""
    flat = [(name, category, price) for category, items in PRODUCTS.items() for name, price, _ in items]
    return [(f"P-{number:02}", *row) for number, row in enumerate(flat, start=1)]


def orders(
    rng: random.Random,
    customer_rows: list[Row],
    product_rows: list[Row],
    days: Iterable[datetime.date],
    first_number: int = FIRST_NUMBER,
) -> list[Row]:
    """Rows of (order_id, order_date, customer_id, product_id, quantity, unit_price, discount, revenue, returned)."""
    summer_factors = [factor for items in PRODUCTS.values() for _, _, factor in items]
    loyalty = [1 / (rank + 4) for rank in range(len(customer_rows))]
    rows: list[Row] = []
    for number, day in enumerate(days, start=first_number):
        summer = 5 <= day.month <= 8
        weights = [factor if summer else 1.0 for factor in summer_factors]
        _, name, category, price = rng.choices(product_rows, weights)[0]
        product_id = next(row[0] for row in product_rows if row[1] == name)
        customer_id = rng.choices(customer_rows, loyalty)[0][0]
        quantity = min(40, 1 + int(rng.expovariate(0.16)))
        discount = 0.1 if quantity >= 20 else 0.05 if quantity >= 10 else 0.0
        revenue = f"{quantity * float(str(price)) * (1 - discount):.2f}"
        returned = rng.random() < RETURN_RATES[str(category)]
        rows.append(
            (f"O-{number}", day, customer_id, product_id, quantity, price, discount, revenue, str(returned).lower())
        )
    return rows


def later_orders(days: int) -> list[Row]:
    """What has come in so many days after LAST_DAY; more days have more of it, and the same before."""
    customer_rows, product_rows = customers(random.Random(SEED)), products()  # noqa: S311 - made-up data
    rows: list[Row] = []
    for later in range(1, days + 1):
        rng = random.Random(SEED + later)  # noqa: S311 - made-up data
        day = LAST_DAY + datetime.timedelta(days=later)
        late = [day - datetime.timedelta(days=rng.randint(1, LATE_DAYS)) for _ in range(LATE_ORDERS)]
        first_number = FIRST_NUMBER + ORDER_COUNT + len(rows)
        rows += orders(rng, customer_rows, product_rows, [*sorted(late), *[day] * NEW_ORDERS], first_number)
    return rows


def _days(rng: random.Random) -> list[datetime.date]:
    days = [FIRST_DAY + datetime.timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    month_weights = (6, 6, 8, 9, 11, 13, 13, 11, 9, 8, 10, 12)
    weights = [month_weights[day.month - 1] * (1.2 if day.year == 2026 else 1.0) for day in days]
    return rng.choices(days, weights, k=ORDER_COUNT)


def write(folder: Path) -> None:
    rng = random.Random(SEED)  # noqa: S311 - made-up data, no secret
    customer_rows, product_rows = customers(rng), products()
    order_rows = orders(rng, customer_rows, product_rows, sorted(_days(rng)))
    _write_csv(folder / "customers.csv", "customer_id name region country segment customer_since", customer_rows)
    _write_csv(folder / "products.csv", "product_id name category unit_price", product_rows)
    header = "order_id order_date customer_id product_id quantity unit_price discount revenue returned"
    _write_csv(folder / "orders.csv", header, order_rows)


def _write_csv(path: Path, header: str, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows(rows)


if __name__ == "__main__":
    write(DATA)
