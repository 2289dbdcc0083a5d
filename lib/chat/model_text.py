"""Takes from what a model says the lines that people may see."""

import re

from lib.labels import clean_label
from lib.storable import storable_text

QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"


def lines_of(said: str) -> list[str]:
    """Its lines that have any words, without reasoning, tags, quotation marks and Markdown around them."""
    answer = storable_text(said).rpartition("</think>")[2]
    text = re.sub(r"<think>.*|</?[A-Za-z][^>\n]*>", " ", answer, flags=re.DOTALL)
    lines = [clean_label(line).strip(f" #*{QUOTES}") for line in text.splitlines()]
    return [line for line in lines if line]
