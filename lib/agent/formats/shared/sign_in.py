"""Find the sign-in that a Unity Catalog connection asks of the person, in whatever an agent says."""

import re
from urllib.parse import urlsplit

from lib.messages.parts import SignIn

MARK = "Credential for user identity"
_MISSING = re.compile(rf"{MARK}\([^)]*\) is not found for the connection(?:\s+'([^']{{1,200}})')?", re.IGNORECASE)
_URL = re.compile(r"https://[^\s<>\"'\\)\]}]+")
# A button is an invitation to click, and a tool's output may be anybody's words: only Databricks' own pages get one.
_DOMAINS = ("databricks.com", "azuredatabricks.net", "databricks.us", "databricks.mil", "databricks.azure.cn")
_NEAR_CHARS = 2_000


def login_needed(text: str) -> SignIn | None:
    """The first sign-in page that stands behind such a complaint."""
    missing = _MISSING.search(text) if MARK.lower() in text.lower() else None
    if missing is None:
        return None
    behind = text[missing.end() : missing.end() + _NEAR_CHARS]
    url = next((url for url in map(_trimmed, _URL.findall(behind)) if _is_databricks(url)), None)
    if url is None:
        return None
    connection = f" {missing[1]}" if missing[1] else ""
    return SignIn(url, f"The connection{connection} needs you to sign in once. Then ask again.")


def _trimmed(url: str) -> str:
    return url.rstrip(".,;:!?")


def _is_databricks(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return any(host == domain or host.endswith(f".{domain}") for domain in _DOMAINS)
