"""Reads a question in plain English as measure x dimension x period x filters, by word lists."""

import datetime
import re
from dataclasses import dataclass, field, replace

from local.demo.periods import Period, find_periods

NUMBER_WORDS = {"three": 3, "five": 5, "ten": 10, "twenty": 20}
MEASURE_WORDS = (  # the first that matches wins
    ("basket", r"(average|avg|mean) (basket|order|revenue|sale|purchase)s?( (size|value))?|basket( (size|value))?|aov"),
    ("return_rate", r"returns?( rates?)?|returned|refunds?|sent back"),
    ("customers", r"(how many|number of|count of|active|distinct) (different )?(customers|clients|buyers)"),
    ("orders", r"(how many|number of|count of|most|fewest|by) orders?|orders|order count"),
    ("units", r"units?|pieces|quantit(y|ies)|how many .*(sold|sell)|volume|items"),
    (
        "revenue",
        r"revenues?|sales|sold|sell(s|ing|ers?)?|turnover|income|earn(s|ed|ings)?|spen[dt](ing|s)?|money|buys?|bought",
    ),
)
DIMENSION_WORDS = (  # (name, singular, plural or unmistakable)
    ("weekday", "weekday|day of the week", "weekdays|days of the week"),
    ("month", "month", r"months|monthly|over time|trends?|timeline|develop\w*|evolv\w*"),
    ("quarter", "quarter", "quarters|quarterly"),
    ("year", "year", "years|yearly|annual|annually"),
    ("region", "region|territory|area", "regions|territories|areas|regional|where"),
    ("country", "country|market", "countries|markets"),
    ("category", "category|department", "categories|departments"),
    ("segment", "segment|channel", "segments|channels"),
    ("product", "product|item|article", "products|items|articles|best[- ]?sellers?"),
    ("customer", "customer|client|buyer|account", "customers|clients|buyers|accounts|who"),
)
MARKER = r"(?:by|per|each|every|which|what|top|best|worst|biggest|largest|smallest|another|split by|\d+)"
HIGHEST = r"\b(top|most|best|highest|biggest|largest|leading|strongest|best[- ]?sellers?|best[- ]?selling)\b"
LOWEST = r"\b(least|worst|lowest|smallest|fewest|weakest|bottom|slowest)\b"
FOLLOW_UP = r"^(and|now|what about|how about|same|only|just|but|also|then|ok|okay|so|by|per|for|in|as|instead)\b"
UNKNOWN_NAME = r"\b(?:in|for|from|of|at)\s+([A-Z][\w&]+(?:\s[A-Z][\w&]+)*)"
ALIASES = {"uk": "United Kingdom", "britain": "United Kingdom", "dutch": "Netherlands", "holland": "Netherlands"}

Values = dict[str, list[str]]


@dataclass(frozen=True)
class Question:
    """`None` and empty mean: not said. `filters` maps a column to the values wanted."""

    measure: str | None = None
    dimension: str | None = None
    periods: tuple[Period, ...] = ()
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int | None = None
    ascending: bool = False
    ranked: bool = False
    follows_up: bool = False
    other_dimensions: tuple[str, ...] = ()
    unknown_names: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        return bool(self.measure or self.dimension or self.periods or self.filters)

    @property
    def stands_alone(self) -> bool:
        return bool(self.measure or (self.dimension and self.ranked))

    def after(self, previous: "Question | None") -> "Question":
        """This question; if it is a follow-up, what it leaves out is taken from the one before."""
        if previous is None or (self.stands_alone and not self.follows_up):
            return self
        dimension = self.dimension or previous.dimension
        inherited = {column: values for column, values in previous.filters.items() if column != self.dimension}
        filters = inherited | self.filters
        if not self.dimension and dimension and len(self.filters.get(dimension, ())) == 1:
            dimension = None  # "and for the Nordics?" after "by region?" asks for one number
        same_shape = dimension == previous.dimension
        return replace(
            self,
            measure=self.measure or previous.measure,
            dimension=dimension,
            periods=self.periods or previous.periods,
            filters=filters,
            limit=self.limit or (previous.limit if same_shape else None),
            ascending=self.ascending or (previous.ascending if same_shape else False),
            ranked=self.ranked or (previous.ranked if same_shape else False),
        )


def read_question(text: str, values: Values, today: datetime.date) -> Question:
    """`values` are the names found in the data, by column; `today` is the data's last day."""
    rest = re.sub(r"[?!;\"“”()]+|\.(?=\s|$)", " ", text.lower()).replace("’", "'").strip()  # noqa: RUF001
    follows_up = bool(re.search(FOLLOW_UP, rest))
    filters, rest = _find_filters(rest, values)
    periods, rest = find_periods(rest, today)
    unknown = tuple(name for name in re.findall(UNKNOWN_NAME, text) if name.lower() in rest)
    limit = _find_limit(rest)
    measure, without_measure = _find_measure(rest)
    dimensions = _find_dimensions(without_measure) or _compared(filters, periods)
    dimension = dimensions[0] if dimensions else None
    if dimension in filters and len(filters[dimension]) == 1:
        dimension = None
    ranked = bool(limit or re.search(HIGHEST, rest) or re.search(LOWEST, rest))
    if dimension is None and ranked and "category" in filters:
        dimension = "product"  # "best selling tents"
    ascending = bool(re.search(LOWEST, rest))
    return Question(
        *(
            measure,
            dimension,
            tuple(periods),
            filters,
            limit,
            ascending,
            ranked,
            follows_up,
            tuple(dimensions[1:]),
            unknown,
        )
    )


def _find_filters(text: str, values: Values) -> tuple[dict[str, tuple[str, ...]], str]:
    """Longer names are tried first, so that "Ember Down" is a product before "Ember" can be anything else."""
    names = [(name.lower(), column, name) for column, names in values.items() for name in names]
    names += [(alias, "country", name) for alias, name in ALIASES.items()]
    filters: dict[str, tuple[str, ...]] = {}
    whole = text
    for lower, column, name in sorted(names, key=lambda item: -len(item[0])):
        pattern = (
            re.escape(lower) + "?" if column in ("category", "region") and lower.endswith("s") else re.escape(lower)
        )
        if re.search(rf"(?<!\w){pattern}(?!\w)", text):
            text = re.sub(rf"(?<!\w){pattern}(?!\w)", " ", text)
            filters[column] = tuple(dict.fromkeys([*filters.get(column, ()), name]))
    in_order = {
        column: tuple(sorted(names, key=lambda n: whole.find(n.lower()[:-1]))) for column, names in filters.items()
    }
    return in_order, text


def _find_limit(text: str) -> int | None:
    numbers = "|".join(NUMBER_WORDS)
    ends = "top|best|worst|biggest|largest|bottom|lowest|smallest|first"
    match = re.search(rf"\b(?:{ends})\s+(\d{{1,3}}|{numbers})\b", text)
    match = match or re.search(rf"\b(\d{{1,3}}|{numbers})\s+(?:{ends})\b", text)
    if match is None:
        return None
    return max(1, NUMBER_WORDS.get(match[1]) or int(match[1]))


def _find_measure(text: str) -> tuple[str | None, str]:
    for name, words in MEASURE_WORDS:
        if match := re.search(rf"\b(?:{words})\b", text):
            return name, text[: match.start()] + " " + text[match.end() :] if name == "customers" else text
    return None, text


def _find_dimensions(text: str) -> list[str]:
    """Dimensions after "by" or "which" come first, then the others in reading order."""
    found = []
    for name, singular, plural in DIMENSION_WORDS:
        marked = re.search(rf"\b{MARKER}\s+(?:\w+\s+)?(?:{singular}|{plural})\b", text)
        if match := marked or re.search(rf"\b(?:{plural})\b", text):
            found.append((marked is None, match.start(), name))
    return [name for _, _, name in sorted(found)]


def _compared(filters: dict[str, tuple[str, ...]], periods: list[Period]) -> list[str]:
    """ "Alps vs Nordics" is a question by region, "2025 or 2026" one by year."""
    columns = [column for column, names in filters.items() if len(names) > 1]
    if columns:
        return columns
    kinds = {period.kind for period in periods}
    return [kinds.pop()] if len(periods) > 1 and kinds <= {"year", "quarter", "month"} and len(kinds) == 1 else []
