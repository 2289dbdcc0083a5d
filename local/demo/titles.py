"""Titles of two to six words, made from the words of the text itself."""

import re

OPENERS = (
    r"please|can|could|would|will|you|i|me|us|show|tell|give|list|get|find|explain|what|which|who|is|are|was|were"
    r"|the|a|an|hi|hello|hey|and|how|many|much|why"
)
FILLERS = r"do|does|did|we|have|has|had|there|me|us"
DANGLING = r"the|a|an|of|for|in|by|per|and|or|to|with|from|since|on|at|is|are|our|my|how"
INSTRUCTION = r"(?is)^.*?\btitle\b[^\n]*\n+"
SPEAKER = r"(?i)^\s*(user|question|human|message|text)\s*:\s*"


def title_for(text: str) -> str:
    """The same title for the same text; without quotes or colons."""
    text = re.sub(INSTRUCTION, "", text, count=1) or text
    text = re.split(r"(?i)\n\s*(?:assistant|answer)\s*:", re.sub(SPEAKER, "", text))[0]
    text = re.sub(r"(?i)\b(is|are|was|were) there\b", "", text)
    words = re.findall(r"[^\W_][\w&%'’-]*", text)  # noqa: RUF001
    rest = [word for word in words if len(words) <= 5 or not re.fullmatch(FILLERS, word.lower())]
    while len(words) > 5 and len(rest) > 2 and re.fullmatch(OPENERS, rest[0].lower()):
        rest.pop(0)
    rest = rest[:6]
    while len(words) > 5 and len(rest) > 2 and re.fullmatch(DANGLING, rest[-1].lower()):
        rest.pop()
    if len(rest) < 2:
        rest = ["A", "question", "about", *rest] if rest else ["A", "conversation", "without", "words"]
    title = " ".join(rest)
    return (title[0].upper() + title[1:])[:80]
