"""The scopes that an agent needs and a user's token may not have."""

from collections.abc import Iterable

ALL = "all-apis"
SERVING = frozenset({"serving.serving-endpoints", "model-serving"})
"""Two names of one scope: it has changed its name, and both are in use."""


def missing_scopes(needed: Iterable[str], granted: frozenset[str] | None) -> tuple[str, ...]:
    """Those of the needed scopes that no granted one includes; none if it is not known what was granted."""
    if granted is None or ALL in granted:
        return ()
    return tuple(scope for scope in needed if not _is_included(scope, granted))


def _is_included(needed: str, granted: frozenset[str]) -> bool:
    """A wider scope includes the narrower ones: `sql` includes `sql.statement-execution`."""
    names = SERVING if needed in SERVING else {needed}
    return any(name == scope or name.startswith((f"{scope}.", f"{scope}:")) for name in names for scope in granted)
