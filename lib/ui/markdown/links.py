"""Converts addresses in an agent's text. Links to other sites remain; any other link is shown as words."""

import re

from lib.ui.language import _
from lib.ui.markdown.escape import SHORTCODE, escape_label

_TARGET = re.compile(
    r"\(\s*(?:<(?P<angled>[^<>\n]*)>|(?P<bare>[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*))"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
_ANGLED = re.compile(r"<((?:https?://|mailto:)[^\s<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>", re.IGNORECASE)
_LEADS = ("https://", "http://", "mailto:")
_IMAGE = "data:image/"
_ADDRESS = rf"(?:{'|'.join((*_LEADS, _IMAGE))})[^\s()<>\[\]]*(?:\([^\s()<>\[\]]*\)[^\s()<>\[\]]*)*"
DEFINITION = re.compile(
    rf"\[(?P<label>(?:[^\[\]\\]|\\.)+)\]:[ \t]*(?:{_ADDRESS}|<{_ADDRESS}>)"
    r"(?:[ \t]+(?:\"[^\"\[]*\"|'[^'\[]*'|\([^()\[]*\)))?[ \t]*",
    re.IGNORECASE,
)
"""A line that gives the links with this label their address, which is one of another site, as in `leads_to`."""
_BEGINS_DEFINITION = re.compile(r"\A(\s*)(?=\[(?:[^\[\]\\]|\\.)+\]:)", re.DOTALL)
_ENDS_ADDRESS = {
    (inside_label, in_row): re.compile("|".join(["\\Z", *["\\]"] * inside_label, *["\\|"] * in_row]))
    for inside_label in (False, True)
    for in_row in (False, True)
}
_TRAILING = "?!.,:*_~'\";"


def leads_to(text: str, start: int, *, is_image: bool = False) -> str | None:
    """The brackets at `start` with the address in them; None if the address is not one of another site.

    A relative address would open a page of this app that does not exist.
    """
    target = _TARGET.match(text, start)
    if target is None:
        return None
    url = (target["angled"] or target["bare"] or "").lower()
    return target[0] if url.startswith(_LEADS) or (is_image and url.startswith(_IMAGE)) else None


def without_definition(shown: str) -> str:
    """The Markdown of a paragraph. One that would define an address, perhaps over several lines, shows its words."""
    return _BEGINS_DEFINITION.sub(r"\1\\", shown)


def shown_image(alt: str, target: str) -> str:
    """A link instead of the image: the page loads no image from another host."""
    url = target.strip("()<> ").split()[0].rstrip(">")
    label = _("Image: {name}").format(name=alt or escape_label(url))
    return f"[{label}]{target}"


def image_of(url: str, alt: str) -> str:
    """The Markdown of an `<img>`, or only its words if the address is not one of another site."""
    target = f"({url})"
    if leads_to(target, 0, is_image=True) != target:
        return escape_label(alt)
    return (
        f"![{escape_label(alt)}]{target}" if url.lower().startswith(_IMAGE) else shown_image(escape_label(alt), target)
    )


def link_of(url: str, shown: str) -> str:
    """The Markdown of an `<a>`, or only its words if the address is not one of another site."""
    target = f"({url})"
    return f"[{shown}]{target}" if shown and leads_to(target, 0) == target else shown


def angled(text: str, start: int) -> tuple[int, str] | None:
    """The end of the address in `<…>` at `start`, and its Markdown; None if there is none."""
    match = _ANGLED.match(text, start)
    if match is None:
        return None
    url = match[1]
    if not SHORTCODE.search(url):
        return match.end(), match[0]
    return match.end(), f"[{escape_label(url)}](<{url if ':' in url else f'mailto:{url}'}>)"


def bare(text: str, *, inside_label: bool, in_row: bool) -> tuple[str, str]:
    """The address at the beginning of `text`, and its Markdown."""
    whole = _ENDS_ADDRESS[inside_label, in_row].split(text)[0]
    url = whole
    while url.endswith(tuple(_TRAILING)) or (url.endswith(")") and url.count(")") > url.count("(")):
        url = url[:-1]
    # Markdown would read an escape right after a bare address as part of it.
    is_followed_by_escape = any(sign in whole[len(url) :].replace("**", "") for sign in "*~")
    if not (SHORTCODE.search(url) or is_followed_by_escape):
        return url, url
    return url, escape_label(url) if inside_label or not url.lower().startswith(
        "http"
    ) else f"[{escape_label(url)}](<{url}>)"
