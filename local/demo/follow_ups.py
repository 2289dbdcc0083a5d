"""Next questions, made from a question alone. All of them are questions that the demo agent understands."""

import re

from local.demo.agent import DemoAgent

INSTRUCTION = r"(?i)\bquestions\b.*\bnext\b"
EXCHANGE = r"(?is)^\s*question:\s*(.*?)\n\s*answer:"
OTHERS = (
    "Which region sold most last quarter?",
    "What is the return rate by category?",
    "Who are our top 10 customers?",
    "How many orders were there by month in 2026?",
)
MOST = 3


def follow_ups_for(text: str) -> list[str]:
    """For a text with a question and its answer: what goes on from that question, else other questions."""
    exchange = re.match(EXCHANGE, text)
    asked = (exchange[1] if exchange else text).strip()
    own = [each for each in DemoAgent().follow_ups([asked]) if each.endswith("?")]
    return [*own, *(each for each in OTHERS if each != asked)][:MOST]
