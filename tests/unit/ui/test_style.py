"""The style sheet that every page has."""

import re

from lib.ui.style import COLORS, FOLDER, style


def test_every_variable_that_a_rule_uses_is_a_colour_of_both_themes() -> None:
    used = set(re.findall(r"var\(--([a-z-]+)-color\)", style()))
    assert used == set(COLORS)
    for name in COLORS:
        assert re.search(rf"--{name}-color: light-dark\(#[0-9A-F]{{6}}, #[0-9A-F]{{6}}\);", style())


def test_every_file_of_rules_is_in_it_without_its_comments() -> None:
    assert len(list(FOLDER.glob("*.css"))) == 8 and "/*" not in style()
    for path in FOLDER.glob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        assert all(line in style() for line in rules.splitlines())
        assert rules.count("{") == rules.count("}") > 0
