"""The JSON of what an answer used."""

from lib.api.schema_base import Schema


class UsageSchema(Schema):
    """Tokens, as the agent counted them; null where it did not. `cachedTokens` were read from a cache,
    `reasoningTokens` were written and are not shown.
    """

    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cached_tokens: int | None
    reasoning_tokens: int | None
