"""Reads an error that a server reports, for a request or within a stream.

The text of an error may quote keys, prompts and addresses. Users see only whole sentences that contain none of these.
"""

import re
from dataclasses import dataclass
from itertools import islice

from lib.agent.http.error_text import texts_in
from lib.storable import storable_text

MAX_TEXTS = 20
TOO_LONG = "This conversation is too long for the agent. Start a new chat."

_CONTEXT_LENGTH = re.compile(
    r"context[ _-]?(length|window|size)|string_(above_max_length|too_long)|request too large for", re.IGNORECASE
)
_TOO_LONG = re.compile(
    r"(prompt|input|conversation|messages?)\b.{0,30}\b(is|are|was) too (long|large)|too many (\w{1,20} )?tokens"
    r"|(maximum|max) (prompt|input|sequence) length|(prompt|input|sequence|token) (length|count)\b.{0,60}\bexceed"
    r"|reduce the (length|size) of|(request|payload|body)( size)?\b.{0,20}\bexceed"
    r"|exceed\w{0,5}\b.{0,80}\btokens\b|\btokens\b.{0,60}\bexceed|\btoken (limit|budget)\b.{0,30}\bexceed",
    re.IGNORECASE | re.DOTALL,
)
_RATE_LIMIT = re.compile(r"per[ -](second|min|hour|day)|rate[ _-]?limit|quota|max_(completion_)?tokens", re.IGNORECASE)
_RATE_LIMIT_CODE = re.compile(r"rate_limit|(request|resource)_(limit_exceeded|exhausted)|\b429\b", re.IGNORECASE)

MAX_CHARS = 300
READ_CHARS = 2_000
"""Only the beginning of an error's text is searched for sentences."""
_PROVIDERS = "openai|anthropic|azure|bedrock|vertex ?ai|gemini|litellm|vllm|cohere|mistral ?ai|openrouter|together ?ai"
_EXCEPTION = r"(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Failure|Warning)\b"

# A sentence that contains one of these is left out as a whole: a part of it could mean something else.
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
_STACK_TRACE = re.compile(
    r"\s*(?:Traceback \(most recent call last\)|\n\s+File \"|\n\s+at \S+\(|\bgoroutine \d+ \[).*", re.DOTALL
)
_LABEL = re.compile(
    rf"(?:(?:{_EXCEPTION}\s*)+|[A-Z][A-Z0-9]*_[A-Z0-9_]+|Error code:? \d\d\d|HTTP(?: Error)? \d\d\d|[Ee]rror|ERROR)"
    r"\s*(?::|-+(?:\s|$))\s*"
)
_ONLY_A_NAME = re.compile(rf"{_EXCEPTION}|[A-Z0-9]+(?:_[A-Z0-9]+)+|[a-z0-9]+(?:_[a-z0-9]+)+|[\W\d_]*\w?[\W\d_]*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'`(]?[A-Z])|\n+")
_REQUEST_ID = re.compile(
    r"\s*[(\[][^()\[\]]*\b(?:req(?:uest)?|trace|correlation)[ _-]?id\b[^()\[\]]*[)\]]", re.IGNORECASE
)


@dataclass(frozen=True)
class ServerError:
    """`texts` are the texts of the error, the clearest first. Never show them: they may quote anything."""

    texts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def search_text(self) -> str:
        """All texts and codes, for searching. Never show it: it may quote keys, prompts and addresses."""
        return "\n".join((*self.texts, *self.codes))

    @property
    def is_too_long(self) -> bool:
        """Whether the conversation is longer than the model accepts."""
        return any(map(_says_too_long, (*self.texts, *self.codes)))

    @property
    def is_rate_limited(self) -> bool:
        """Whether a code says so. Texts may speak of the limits of a tool."""
        return any(map(_RATE_LIMIT_CODE.search, self.codes))

    @property
    def sentence(self) -> str:
        """The server's own sentences that may be shown, at most MAX_CHARS; may be empty."""
        about_length = filter(_says_too_long, self.texts)
        return next(filter(None, map(readable, (*about_length, *self.texts))), "")

    def sentence_after(self, ours: str) -> str:
        """Our sentence (or TOO_LONG if the conversation is too long), followed by the server's own sentences."""
        ours = TOO_LONG if self.is_too_long else ours
        return f"{ours} It said: {self.sentence}" if self.sentence else ours


def read(error: object) -> ServerError:
    """`error` is anything that reports one: bytes or text of a body, its JSON, or the value of a field in it."""
    found = list(islice(texts_in(error), MAX_TEXTS))
    texts = dict.fromkeys(text for is_code, text in found if not is_code)
    codes = dict.fromkeys(text for is_code, text in found if is_code)
    return ServerError(tuple(texts), tuple(codes))


def _says_too_long(text: str) -> bool:
    return bool(_CONTEXT_LENGTH.search(text)) or (bool(_TOO_LONG.search(text)) and not _RATE_LIMIT.search(text))


def readable(text: str) -> str:
    """The sentences that may be shown, on one line; empty if there are none."""
    text = _REQUEST_ID.sub("", _STACK_TRACE.sub("", storable_text(text[:READ_CHARS])))
    sentences = [_unlabelled(" ".join(each.split())) for each in _SENTENCE_END.split(text)]
    return _cut(" ".join(each for each in sentences if each and not _INTERNAL.search(each)))


def _unlabelled(sentence: str) -> str:
    """The sentence without the names of errors before it; empty if it is only such a name."""
    while label := _LABEL.match(sentence):
        sentence = sentence[label.end() :]
    return "" if _ONLY_A_NAME.fullmatch(sentence) else sentence


def _cut(text: str) -> str:
    """At most MAX_CHARS, cut after a sentence if possible, else after a word."""
    if len(text) <= MAX_CHARS:
        return text
    head = text[:MAX_CHARS]
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s)", head)]
    return head[: ends[-1]] if ends else f"{head.rsplit(' ', 1)[0]}…"
