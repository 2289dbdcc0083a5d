"""Our part of Go's text templates. What Go itself says of each of these texts was asked once, with Go 1.19."""

import pytest

from local.templates.go_text import BadTemplate, is_surely_refused, render

OPEN, CLOSE = "{" * 2, "}" * 2


def go(text: str) -> str:
    """`text` with [ and ] for the braces, so that this file is no template itself."""
    return text.replace("[", OPEN).replace("]", CLOSE)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("no action", "no action"),
        ("a [.name] b", "a chat b"),
        ("[with .name]<[.]>[end]", "<chat>"),
        ("[with .empty]<[.]>[end]", ""),
        ("[if .name]yes[else]no[end]", "yes"),
        ("[if .empty]yes[else]no[end]", "no"),
        ("[if .name][if .empty]a[else]b[end][else]c[end]", "b"),
        ("a\n[- with .name]\n  x\n[- end]\nb", "a\n  x\nb"),
        ("[.name -]\n  b", "chatb"),
        ("[/* said */ -]\nb", "b"),
        ('[shout "a b"]', "A B"),
    ],
)
def test_a_template_is_carried_out(text: str, written: str) -> None:
    assert render(go(text), {"name": "chat", "empty": ""}, {"shout": str.upper}) == written


@pytest.mark.parametrize("text", ["[.other]", "[with .name]", "[unknown]", '[unknown "x"]', "[with .name][.name][end]"])
def test_what_go_refuses_is_an_error(text: str) -> None:
    with pytest.raises(BadTemplate):
        render(go(text), {"name": "chat"})


def test_a_missing_value_is_empty_where_that_is_allowed() -> None:
    assert render(go("a[with .other]<[.]>[end]"), {}, must_exist=False) == "a"


@pytest.mark.parametrize(
    "text", ["[]", "[color-scheme: dark]", "[{x}]", '["n": 1]', '["a", 1]', "[1,3]", "[ --a: 1]", "[x"]
)
def test_text_that_go_surely_refuses_is_known(text: str) -> None:
    assert is_surely_refused(go(text))


@pytest.mark.parametrize(
    "text", ["[36]", '["x"]', "[.name]", "[if .x]", "[end]", "[/* x */]", "[len .x]", "[$x]", "[- 3]"]
)
def test_text_that_go_might_carry_out_is_not_called_safe(text: str) -> None:
    assert not is_surely_refused(go(text))
