"""The generated parts of docs/ are what the code makes of them today."""

import re

import pytest

from local.documents.limits import fixed_limits
from local.documents.markers import NoSuchPart, with_parts
from local.documents.pages import COMMAND, DOCS, PARTS, updated
from local.documents.settings import settings
from local.documents.table import table

PAGE = "Before.\n<!-- begin a: made by `make docs`, do not edit -->\nold\n<!-- end a -->\nAfter.\n"


@pytest.mark.parametrize("name", PARTS)
def test_a_page_is_up_to_date(name: str) -> None:
    if not DOCS.is_dir():
        pytest.skip("There is no folder docs/: `databricks apps init` leaves it out of a project.")
    page = (DOCS / name).read_text(encoding="utf-8")
    assert updated(name, page) == page, f"docs/{name} is out of date: run `{COMMAND}`"


def test_only_what_is_between_the_markers_changes() -> None:
    made = with_parts(PAGE, {"a": lambda: "new"})
    assert made == PAGE.replace("\nold\n", "\n\nnew\n\n")
    assert with_parts(made, {"a": lambda: "new"}) == made


@pytest.mark.parametrize(
    "page",
    [
        "",
        PAGE + PAGE,
        PAGE.replace("<!-- end a -->", ""),
        PAGE + "<!-- begin b: made by `make docs`, do not edit -->\n<!-- end b -->\n",
        "\n".join(reversed(PAGE.splitlines())),
    ],
)
def test_a_page_whose_markers_are_not_those_of_its_parts_is_refused(page: str) -> None:
    with pytest.raises(NoSuchPart):
        with_parts(page, {"a": lambda: "new"})


def test_a_bar_in_a_cell_stays_in_its_cell() -> None:
    assert table(("a", "b"), [("x|y", "z")]).splitlines()[-1] == r"| x\|y | z |"


def test_the_rows_say_what_the_declarations_say() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*)$", settings(), re.MULTILINE))
    assert rows["REQUESTS_PER_MINUTE"].endswith("| `600` |")
    assert "From 0 to 36,500." in rows["TRASH_DAYS"]
    assert rows["DATABASE_URL"].endswith("Never logged. | unset |")
    assert "Injected by Databricks Apps." in rows["PGHOST"]
    assert "Read by the Databricks SDK." in rows["DATABRICKS_HOST"]
    assert r"`Wrong number\|Wrong table or filter\|" in rows["FEEDBACK_TAGS"]
    assert "| attachments of a question | 10 |" in fixed_limits()
