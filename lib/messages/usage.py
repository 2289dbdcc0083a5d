"""What an answer used, in the same words whatever the agent calls it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_INPUT = ("input_tokens", "prompt_tokens", "promptTokenCount", "prompt_token_count")
_OUTPUT = ("output_tokens", "completion_tokens", "candidatesTokenCount", "candidates_token_count")
_TOTAL = ("total_tokens", "totalTokenCount", "total_token_count")
_CACHED = ("cached_tokens", "cache_read_input_tokens", "cachedContentTokenCount", "cached_content_token_count")
_REASONING = ("reasoning_tokens", "thoughtsTokenCount", "thoughts_token_count")
_DETAILS = ("input_tokens_details", "prompt_tokens_details", "output_tokens_details", "completion_tokens_details")


@dataclass(frozen=True)
class Tokens:
    """None: the agent did not tell. `cached` were read from a cache, `reasoning` were written but are not shown."""

    input: int | None
    output: int | None
    total: int | None
    cached: int | None
    reasoning: int | None


def tokens_of(usage: Mapping[str, Any] | None) -> Tokens | None:
    """The counts in what an agent reported; None if it counted no tokens."""
    if not isinstance(usage, Mapping):
        return None
    read, written, total = _count(usage, _INPUT), _count(usage, _OUTPUT), _count(usage, _TOTAL)
    if read is None and written is None and total is None:
        return None
    total = (read or 0) + (written or 0) if total is None else total
    return Tokens(read, written, total, _detail(usage, _CACHED), _detail(usage, _REASONING))


def added(earlier: Mapping[str, Any] | None, counts: Mapping[str, Any]) -> dict[str, Any]:
    """What two requests have used together. Of what only one of them counted, that."""
    return {**(earlier or {}), **{name: _sum((earlier or {}).get(name), count) for name, count in counts.items()}}


def _sum(earlier: Any, count: Any) -> Any:
    if isinstance(earlier, Mapping) and isinstance(count, Mapping):
        return added(earlier, count)
    return earlier + count if isinstance(earlier, int | float) and isinstance(count, int | float) else count


def _count(counts: Any, names: tuple[str, ...]) -> int | None:
    values = (counts.get(name) for name in names) if isinstance(counts, Mapping) else ()
    return next((value for value in map(_whole, values) if value is not None), None)


def _whole(value: Any) -> int | None:
    """Some servers, and JSON on its way through a database, make 3.0 of a 3."""
    is_count = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == value // 1
    return int(value) if is_count else None


def _detail(usage: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    holders = (usage, *(usage.get(holder) for holder in _DETAILS))
    return next((value for holder in holders if (value := _count(holder, names)) is not None), None)
