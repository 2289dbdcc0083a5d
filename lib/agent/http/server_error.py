"""What a server reports as an error: the one way in which any is read, a refused request's or one within a stream."""

import re
from dataclasses import dataclass
from itertools import islice

from lib.agent.http.error_text import unwrapped
from lib.agent.http.readable_text import plain

MOST_THINGS = 20
TOO_LONG = "This conversation is too long for the agent. Start a new chat."

_OF_CONTEXT = re.compile(
    r"context[ _-]?(length|window|size)|string_(above_max_length|too_long)|request too large for", re.IGNORECASE
)
_OF_LENGTH = re.compile(
    r"(prompt|input|conversation|messages?)\b.{0,30}\b(is|are|was) too (long|large)|too many (\w{1,20} )?tokens"
    r"|(maximum|max) (prompt|input|sequence) length|(prompt|input|sequence|token) (length|count)\b.{0,60}\bexceed"
    r"|reduce the (length|size) of|(request|payload|body)( size)?\b.{0,20}\bexceed"
    r"|exceed\w{0,5}\b.{0,80}\btokens\b|\btokens\b.{0,60}\bexceed|\btoken (limit|budget)\b.{0,30}\bexceed",
    re.IGNORECASE | re.DOTALL,
)
_OF_RATE = re.compile(r"per[ -](second|min|hour|day)|rate[ _-]?limit|quota|max_(completion_)?tokens", re.IGNORECASE)


@dataclass(frozen=True)
class ServerError:
    """`said`: each thing that it says, as it stands there, the most telling first. Never to be shown as it is."""

    said: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """All of it, to look something up in. It may quote anything: keys, prompts, addresses."""
        return "\n".join((*self.said, *self.codes))

    @property
    def is_too_long(self) -> bool:
        """Whether the conversation holds more than the model takes in."""
        return any(map(_is_of_length, (*self.said, *self.codes)))

    @property
    def sentence(self) -> str:
        """The server's own words as far as they are for people, 300 characters at most; empty when none are."""
        telling = filter(_is_of_length, self.said)
        return next(filter(None, map(plain, (*telling, *self.said))), "")

    def told(self, ours: str) -> str:
        """What a person reads: our sentence, or the one for a conversation that is too long; and the server's own."""
        ours = TOO_LONG if self.is_too_long else ours
        return f"{ours} It said: {self.sentence}" if self.sentence else ours


def read(error: object) -> ServerError:
    """`error` is anything that reports one: bytes or text of a body, its JSON, or the value of a field in it."""
    found = list(islice(unwrapped(error), MOST_THINGS))
    said, codes = ([each for is_code, each in found if is_code is wanted] for wanted in (False, True))
    return ServerError(tuple(dict.fromkeys(said)), tuple(dict.fromkeys(codes)))


def _is_of_length(text: str) -> bool:
    return bool(_OF_CONTEXT.search(text)) or (bool(_OF_LENGTH.search(text)) and not _OF_RATE.search(text))
