"""What a token says of itself. Nobody here checks whether that is true: whoever is sent the token does."""

import json
from base64 import urlsafe_b64decode
from typing import Any

LATEST = 1e12
"""Of seconds since 1970: no token is valid for longer than that."""


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT; empty for a token that is none."""
    pieces = token.split(".")
    if len(pieces) != 3:
        return {}
    try:
        claims = json.loads(urlsafe_b64decode(pieces[1] + "=" * (-len(pieces[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def expiry(claims: dict[str, Any]) -> float | None:
    """In seconds since 1970; None if it is not known."""
    at = claims.get("exp")
    if isinstance(at, bool) or not isinstance(at, int | float):
        return None
    return float(at) if 0 < at < LATEST else None


def scopes(claims: dict[str, Any]) -> frozenset[str] | None:
    """None if they are not known. Servers write them as `scope`, separated by spaces, or list them as `scp`."""
    listed = claims.get("scope") or claims.get("scp")
    names = listed.split() if isinstance(listed, str) else listed if isinstance(listed, list) else ()
    return frozenset(name for name in names if isinstance(name, str)) or None
