"""Code that Streamlit would rewrite is an element of its own."""

import pytest

from lib.ui.markdown.convert import streamlit_markdown
from lib.ui.markdown.pieces import split_code

ICON = 'st.button("x", icon=":material/home:")\n\n# $5'


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a :material/home: b", [("a :color[:]material/home: b", "", "")]),
        ("```sql\nSELECT 1\n```", [("```sql\nSELECT 1\n```", "", "")]),
        (f"a\n\n```python\n{ICON}\n```\n\nb", [("a\n", ICON, "python"), ("\nb", "", "")]),
        (f"~~~~\n{ICON}\n~~~~", [("", ICON, ""), ("", "", "")]),
        (f"```sql\nSELECT 1\n```\n```\n{ICON}", [("```sql\nSELECT 1\n```", ICON, ""), ("", "", "")]),
        (f"```\nx\n```\n- ```\n  {ICON[:30]}", [("```\nx\n```\n- ```\n  " + ICON[:30] + "\n  ```", "", "")]),
    ],
)
def test_code_is_split_from_the_text_around_it(text: str, pieces: list[tuple[str, str, str]]) -> None:
    assert list(split_code(streamlit_markdown(text))) == pieces
