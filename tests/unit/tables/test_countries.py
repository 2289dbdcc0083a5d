"""Countries as tables name them, and their place on the map."""

import json
from math import pi
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.tables.charts import charts_of
from lib.tables.countries import outlines
from lib.tables.countries.frame import WORLD, frame_of, projected
from lib.tables.countries.names import codes_of, column_of_countries
from lib.tables.countries.outlines import box_of, rings_of_all, small_places
from lib.tables.country_map import not_on_map
from lib.tables.vega_lite import vega_lite

NAMES: dict[str, list[str]] = json.loads((Path(outlines.__file__).parent / "names.json").read_text())
EVERY_NAME = [(code, name) for code, names in NAMES.items() for name in names]
OTHER_WORDS = (
    *("Nordics", "Alps", "Iberia", "Benelux", "EMEA", "APAC", "Europe", "Africa", "North America", "Others", "Unknown"),
    *("Texas", "Ohio", "Utah", "California", "Bavaria", "Scotland", "Catalonia", "Paris", "Berlin", "London", "Rome"),
    *("CA", "DE", "IN", "AL", "GA", "MD", "PA", "CO", "AR", "ME", "SC", "VA", "MT", "NE", "EUR", "USD", "GBP", "CHF"),
    *("Tents", "Packs", "Online", "Retail", "and", "can", "per", "cod", "nor", "", " ", "-", "42", "n/a", "Ann", "Bob"),
)
"""As they are in columns of other things. A few of the short ones are codes of countries as well."""
STATES = ["CA", "DE", "IN", "AL", "GA", "MD", "PA", "CO", "AR"]


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("US", ["USA", "U.S.A.", "U.S.", "United States", "the United States of America", "UNITED STATES"]),
        ("GB", ["United Kingdom", "Great Britain", "GBR", "U.K."]),
        ("CZ", ["Czechia", "Czech Republic", "czech republic", "CZE"]),
        ("KR", ["South Korea", "Korea, Republic of", "Korea, Rep.", "Republic of Korea"]),
        ("KP", ["North Korea"]),
        ("TR", ["Türkiye", "Turkiye", "TURKEY", "Tu\u0308rkiye"]),
        ("CI", ["Côte d'Ivoire", "Cote d\u2019Ivoire", "Ivory Coast"]),
        ("BA", ["Bosnia & Herzegovina", "Bosnia and Herzegovina"]),
        ("LC", ["St. Lucia", "Saint Lucia"]),
        ("CD", ["DR Congo", "Democratic Republic of the Congo"]),
        ("CG", ["Congo", "Republic of the Congo"]),
        ("NL", [" Netherlands ", "The Netherlands", "Holland"]),
        ("XK", ["Kosovo"]),
        (None, ["Nordics", "", "and", "usa", "中国", "Georgia, USA", "New England"]),
    ],
)
def test_a_country_is_known_by_each_of_its_names(code: str | None, written: list[str]) -> None:
    assert codes_of("where", written) == [code] * len(written)


@pytest.mark.parametrize("name", ["country", "Country Code", "shipCountry", "market", "nation", "LAND", "iso2"])
def test_two_letters_are_codes_where_the_column_says_so(name: str) -> None:
    assert column_of_countries({name: ["CA", "de", "IN"]}) == name


@pytest.mark.parametrize("name", ["state", "island", "landing", "supermarket_chain", "combination", "key", ""])
def test_two_letters_are_no_codes_elsewhere(name: str) -> None:
    assert column_of_countries({name: STATES}) is None
    assert column_of_countries({name: ["DEU", "FRA", "ITA"]}) == name


@pytest.mark.parametrize(
    "values",
    [
        ["Norway", "Spain"],
        ["Norway", "Spain", "Italy", "Others"],
        ["Norway", "Spain", "USA", "United States"],
        ["Norway", "Spain", None, 3],
        ["", "", ""],
    ],
)
def test_few_countries_or_the_same_twice_are_no_map(values: list[object]) -> None:
    assert column_of_countries({"country": values}) is None


def test_one_in_ten_may_be_no_country() -> None:
    names = ["Norway", "Spain", "Italy", "Chile", "Peru", "Ghana", "Benin", "Japan", "Malta"]
    assert column_of_countries({"x": [*names, "Others"]}) == "x"
    assert column_of_countries({"x": [*names, "Others", "Unknown"]}) is None


@given(st.lists(st.sampled_from(OTHER_WORDS) | st.text(max_size=12), min_size=2, unique=True), st.data())
def test_other_words_are_never_a_map(words: list[str], data: st.DataObject) -> None:
    measure = data.draw(st.lists(st.floats(0, 9), min_size=len(words), max_size=len(words)))
    assert "map" not in charts_of({"name": words, "sold": measure})


@given(st.lists(st.sampled_from(EVERY_NAME), min_size=3, unique_by=lambda each: each[0]))
def test_countries_always_are(countries: list[tuple[str, str]]) -> None:
    codes, names = zip(*countries, strict=True)
    assert codes_of("country", names) == [*codes]
    assert "map" in charts_of({"country": names, "sold": [1.5] * len(names)})


def test_each_country_has_an_outline_or_a_place_and_is_in_its_frame() -> None:
    outlined = {code for code, _ in rings_of_all()}
    assert outlined | small_places().keys() == NAMES.keys() and not outlined & small_places().keys()
    for code in NAMES:
        west, south, east, north = box_of(code)
        assert -180 <= west <= east <= 195 and WORLD[1] <= south <= north <= WORLD[3], code
        frame = frame_of([box_of(code)])
        x, y = projected(min(180, (west + east) / 2), (south + north) / 2)
        assert abs(x - frame.x) <= frame.width / 2 and abs(y - frame.y) <= frame.height / 2, code


def test_an_outline_is_closed_and_runs_clockwise() -> None:
    """D3 fills the whole globe around a ring that runs the other way."""
    for code, rings in rings_of_all():
        assert rings, code
        for ring in rings:
            assert ring[0] == pytest.approx(ring[-1]), code
        x, y = zip(*rings[0], strict=True)
        assert sum(x[i + 1] * y[i] - x[i] * y[i + 1] for i in range(len(x) - 1)) > 0, code


def test_countries_that_are_far_apart_are_on_a_map_of_the_world() -> None:
    world = frame_of([])
    assert world.width == pytest.approx(2 * pi * 0.8707, abs=0.01)
    assert frame_of([box_of(code) for code in ("US", "JP", "ZA")]) == world
    assert frame_of([box_of(code) for code in ("PT", "NO", "AT")]).width < world.width / 4


@pytest.mark.parametrize("missing", [float("nan"), 0])
def test_a_value_that_is_no_word_is_no_name_of_what_is_not_on_the_map(missing: object) -> None:
    countries = ["Norway", "Sweden", "Spain", "Portugal", "Belgium", "Austria", "France", "Italy", "Poland", "Malta"]
    columns = {"country": [*countries, missing], "sold": list(range(11))}
    chart = charts_of(columns)["map"][0]
    assert not_on_map(columns, chart) == []
    assert vega_lite(columns, chart)["layer"]
