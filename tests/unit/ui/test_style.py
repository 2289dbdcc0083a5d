"""The style sheet that every page has."""

import re

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from lib.ui.page_scripts import ASSETS, WORDS_OF_RULES, _tags, asset_version
from lib.ui.style import COLORS, FOLDER, PATH, style, style_address
from lib.web.assets import Assets
from lib.web.style_sheet import style_sheet


def test_every_variable_that_a_rule_uses_is_a_colour_of_both_themes() -> None:
    used = set(re.findall(r"var\(--([a-z-]+)-color\)", style()))
    assert used == set(COLORS)
    color = "#[0-9A-F]{6}"
    for name in COLORS:
        assert re.search(rf"--{name}-color: light-dark\({color}, {color}\);", style())


def test_every_file_of_rules_is_in_it_without_its_comments() -> None:
    assert len(list(FOLDER.glob("*.css"))) == 10 and "/*" not in style()
    for path in FOLDER.glob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert all(line in style() for line in rules.splitlines())
        assert rules.count("{") == rules.count("}") > 0


def test_every_word_that_a_rule_shows_is_given_to_the_browser() -> None:
    shown = set(re.findall(r"content: var\((--[a-z-]+)\)", style()))
    assert shown == set(WORDS_OF_RULES)


def test_a_browser_keeps_the_rules_under_their_own_address_only() -> None:
    client = TestClient(Starlette(routes=[style_sheet(PATH, style, style_address)]))
    kept, other = client.get(style_address()), client.get(f"{PATH}?other")
    assert kept.text == other.text == style() and kept.headers["content-type"].startswith("text/css")
    assert "immutable" in kept.headers["cache-control"] and other.headers["cache-control"] == "no-store"


def test_a_browser_keeps_a_script_under_the_address_with_its_version_only() -> None:
    client = TestClient(Starlette(routes=[Mount("/assets", app=Assets(ASSETS, asset_version))]))
    address = f"/assets/page.js?{asset_version('page.js')}"
    assert address in _tags()
    kept, old, bare = client.get(address), client.get("/assets/page.js?0badc0de"), client.get("/assets/page.js")
    assert kept.text == old.text == (ASSETS / "page.js").read_text()
    assert "immutable" in kept.headers["cache-control"]
    assert old.headers["cache-control"] == bare.headers["cache-control"] == "no-cache"
    assert client.get("/assets/../app.py").status_code == client.get("/assets/none.js?x").status_code == 404


def test_the_browser_can_tell_whether_it_has_the_present_rules() -> None:
    version = style_address().partition("?")[2]
    assert f'--style-version: "{version}";' in style()
    assert 'getPropertyValue("--style-version")' in (ASSETS / "page.js").read_text()


def test_the_first_page_and_the_script_that_replaces_its_rules_name_the_same_element() -> None:
    assert '<link class="lakechat-style"' in (ASSETS.parent / "lib" / "web" / "first_page.py").read_text()
    assert 'RULES = "link.lakechat-style"' in (ASSETS / "page.js").read_text()
