"""What a refusal says of scopes: that the user's token lacks one, or that there is none of that name."""

import re

UNKNOWN_SCOPE = "The agent asks for a scope that this workspace does not know. Tell the agent's owner."
_MISSING = re.compile(
    r"(?:required scopes?\b:?\s*\[?|insufficient_scope\b.{0,80}\bscope=)[\"'`]?([\w.:-]+)", re.IGNORECASE
)
_UNKNOWN = re.compile(
    r"\b(?:invalid|unknown|unsupported)[ _]scope"
    # Right behind its name: workspaces also have scopes of secrets, and questions may be out of scope.
    r"|(?<!secret )(?<!of )\bscope [\"'`]?[\w.:-]+[\"'`]? (?:does not exist|is (?:invalid|unknown|not valid))\b",
    re.IGNORECASE,
)


def missing_scope(reasons: str) -> str | None:
    match = _MISSING.search(reasons)
    return match[1].rstrip(".") if match else None


def sentence_of_missing(scope: str) -> str:
    return (
        f"The agent needs the scope “{scope}”, which your sign-in does not have. "
        "Ask the app's administrator to add it to the app's user authorization."
    )


def is_unknown_scope(detail: str) -> bool:
    return bool(_UNKNOWN.search(detail))
