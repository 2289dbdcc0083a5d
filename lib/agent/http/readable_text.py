"""What of a server's words is for people: whole sentences, without what only its makers understand or may know."""

import re

from lib.agent.formats.shared.text import clean

MOST_CHARS = 300
READ_CHARS = 2_000
"""What stands behind them is no sentence that anybody would read."""
_PROVIDERS = "openai|anthropic|azure|bedrock|vertex ?ai|gemini|litellm|vllm|cohere|mistral ?ai|openrouter|together ?ai"
_CLASS = r"(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Failure|Warning)\b"

# A sentence that holds one of these is left out: to repair it would be to guess what the rest still means.
_INTERNAL = re.compile(
    "|".join(
        (
            r"[{}]|</?[a-z]\w*[^<>]*>|\[type=",  # code
            r"\w+://|\bwww\.|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|dev|ai|internal|local|svc)\b",  # addresses
            r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\blocalhost\b|\w:\d{4,5}\b|[\w.+-]+@[\w-]+\.\w|\bupstream\b|reset reason",
            r"(?:^|[\s\"'(])(?:/[\w.@-]+){3,}|\b[a-z]:\\",  # files
            r"\b(?:sk|pk|org|req|proj|chatcmpl|resp|asst)[-_][\w*-]{6,}|\bsk-\S|\bdapi\w{6,}|\beyJ[\w-]{8,}|\bbearer\s+\S{6,}",
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-|\b0x[0-9a-f]{4,}|\b[0-9a-f]{16,}\b",  # ids
            r"\b(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{20,}\b|\S{80,}",
            r"\b(?:req(?:uest)?|trace|correlation|activity|organi[sz]ation|account|deployment)[ _-]?id\b",
            r"\b(?!model=)\w+=[^\s=]|\b(?:key|token|secret|password)\b[^.]{0,20}[=:]",  # settings
            rf"\b(?:{_PROVIDERS})\b",
            r"\b(?:\w+\.){2,}\w*(?:error|exception)\b",
            r"\"[^\"]{80,}\"|`[^`]{80,}`|(?<!\w)'[^']{80,}'(?!\w)",  # somebody's words, quoted back
        )
    ),
    re.IGNORECASE,
)
_OF_CODE = re.compile(
    r"\s*(?:Traceback \(most recent call last\)|\n\s+File \"|\n\s+at \S+\(|\bgoroutine \d+ \[).*", re.DOTALL
)
_LABEL = re.compile(
    rf"(?:(?:{_CLASS}\s*)+|[A-Z][A-Z0-9]*_[A-Z0-9_]+|Error code:? \d{{3}}|HTTP(?: Error)? \d{{3}}|[Ee]rror|ERROR)"
    r"\s*(?::|-+(?:\s|$))\s*"
)
_NO_SENTENCE = re.compile(rf"{_CLASS}|[A-Z0-9]+(?:_[A-Z0-9]+)+|[a-z0-9]+(?:_[a-z0-9]+)+|[\W\d_]*\w?[\W\d_]*")
_BETWEEN = re.compile(r"(?<=[.!?])\s+(?=[\"'`(]?[A-Z])|\n+")
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*\b(?:req(?:uest)?|trace|correlation)[ _-]?id\b[^()\[\]]*[)\]]", re.IGNORECASE)


def plain(text: str) -> str:
    """The sentences for people in it, on one line; empty when there are none."""
    text = _ASIDE.sub("", _OF_CODE.sub("", clean(text[:READ_CHARS])))
    sentences = [_unlabelled(" ".join(each.split())) for each in _BETWEEN.split(text)]
    return _cut(" ".join(each for each in sentences if each and not _INTERNAL.search(each)))


def _unlabelled(sentence: str) -> str:
    """Without the names of errors that programs put before what they say; nothing where only such a name stands."""
    while label := _LABEL.match(sentence):
        sentence = sentence[label.end() :]
    return "" if _NO_SENTENCE.fullmatch(sentence) else sentence


def _cut(text: str) -> str:
    """At the end of a sentence where one ends in reach, else of a word."""
    if len(text) <= MOST_CHARS:
        return text
    head = text[:MOST_CHARS]
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s)", head)]
    return head[: ends[-1]] if ends else f"{head.rsplit(' ', 1)[0]}…"
