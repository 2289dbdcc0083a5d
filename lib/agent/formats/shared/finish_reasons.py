"""Why an answer ended, in the words of every server."""

_WHOLE = {
    *("stop", "end", "end_turn", "stop_sequence", "stop_token", "eos", "eos_token", "complete", "completed", "done"),
    *("finish", "finished", "success", "tool_calls", "tool_call", "tool_use", "function_call", "refusal", "load"),
}
_LENGTH = {"length", "max_tokens", "max_output_tokens", "max_length", "max_new_tokens", "model_length", "token_limit"}
_FILTERED = {"content_filter", "content_filtered", "safety", "guardrail_intervened", "blocklist", "recitation"}


def cut_short(reason: str) -> str:
    """A sentence for a person when the answer stopped before it was complete; empty when it ended as it should."""
    word = reason.strip().lower().replace("-", "_").replace(" ", "_")
    if word in ("", "null", "none") or word in _WHOLE:
        return ""
    if word in _LENGTH:
        return "The answer is incomplete: it reached the agent's length limit."
    if word in _FILTERED:
        return "The answer is incomplete: a content filter ended it."
    if word == "error":
        return "The answer is incomplete: the agent met an error."
    return f"The answer is incomplete: the agent stopped it ({reason.strip()})."
