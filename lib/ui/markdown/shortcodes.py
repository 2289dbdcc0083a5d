"""What Streamlit reads out of plain text: short codes for emoji, icons, its logo, directives, arrows. None may fire.

It looks for them in the text that remains when escapes are resolved, so a backslash is not enough: one sign gets an
element of its own, `:color[:]`, which has neither a colour nor any other look and leaves no trace in what is copied.
"""

import re

# A sign that begins a picture if what follows makes it one.
SHORTCODE = re.compile(
    r":(?=(?:100|1234|[+-]1|(?=[\w+\-\\]*[^\W\d])[\w+\-\\]+):|material[/_]|streamlit:)",
)
# Alone between spaces, or between other elements, each becomes another sign.
ARROW = re.compile(r"(?<![^\W_])(?:<->|->|<-|--|>=|<=|~=)(?![^\W_])")


def isolate(text: str) -> str:
    """The same to read; no pattern finds it beside what stands around it."""
    return f":color[{text}]"


def isolate_arrow(arrow: str) -> str:
    return arrow[0] + "".join(map(isolate, arrow[1:]))
