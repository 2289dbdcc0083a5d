"""Code that Streamlit would rewrite is an element of its own."""

import time

import pytest

from lib.ui.markdown.convert import streamlit_markdown
from lib.ui.markdown.pieces import has_pieces, split_code

ICON = 'st.button("x", icon=":material/home:")\n\n# $5'


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a :material/home: b", [("a :color[:]material/home: b", "", "")]),
        ("```sql\nSELECT 1\n```", [("```sql\nSELECT 1\n```", "", "")]),
        (f"a\n\n```python\n{ICON}\n```\n\nb", [("a\n", ICON, "python"), ("\nb", "", "")]),
        (f"~~~~\n{ICON}\n~~~~", [("", ICON, ""), ("", "", "")]),
        (f"```sql\nSELECT 1\n```\n```\n{ICON}", [("```sql\nSELECT 1\n```", ICON, ""), ("", "", "")]),
        ("- a\n\n  ~~~ vega-lite\n  {}\n  ~~~\n\n  b", [("- a\n", "{}", "vega-lite"), ("\nb", "", "")]),
        ("```&#109;ermaid\ngraph\n```", [("", "graph", "&#109;ermaid"), ("", "", "")]),
        ('```json\n{"a": 1}\n```', [('```json\n{"a": 1}\n```', "", "")]),
        (f"```\nx\n```\n- ```\n  {ICON[:30]}", [("```\nx\n```\n- ```\n  " + ICON[:30] + "\n  ```", "", "")]),
    ],
)
def test_code_is_split_from_the_text_around_it(text: str, pieces: list[tuple[str, str, str]]) -> None:
    assert list(split_code(streamlit_markdown(text))) == pieces


@pytest.mark.parametrize("text", ["`" * 200_000, "~~~ " * 50_000, "> " * 100_000 + "```"])
def test_looking_for_code_takes_linear_time(text: str) -> None:
    began = time.process_time()
    assert not has_pieces(text)
    assert time.process_time() - began < 1
