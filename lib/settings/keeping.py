"""How chats are searched, and how long they are kept."""

import re

from lib.search_languages import SEARCH_LANGUAGES
from lib.settings.variable import Choice, Group, Number, Pattern

MAX_DAYS = 36_500
_LANGUAGES = ", ".join(f"`{language}`" for language in SEARCH_LANGUAGES[2:-1]) + f" or `{SEARCH_LANGUAGES[-1]}`"

SEARCH_LANGUAGE = Choice(
    "SEARCH_LANGUAGE",
    "The language whose word forms search knows (`sale` finds `sales`): `english`, `simple` (none), "
    f"{_LANGUAGES}. After a change messages of before are indexed again in the background; until then they are"
    " found by their words as written.",
    choices=SEARCH_LANGUAGES,
)
TRASH_DAYS = Number(
    "TRASH_DAYS",
    "How many days a chat stays in the trash before it is deleted for good. `0`: there is no trash, and "
    "Delete asks first and deletes at once.",
    default=30,
    least=0,
    most=MAX_DAYS,
)
ARCHIVE_AFTER_DAYS = Number(
    "ARCHIVE_AFTER_DAYS",
    "Chats in which nothing was said for so many days are archived, except pinned ones. `0`: never.",
    default=0,
    least=0,
    most=MAX_DAYS,
)
PURGE_AFTER_DAYS = Number(
    "PURGE_AFTER_DAYS",
    "Chats in which nothing was said for so many days are deleted for good, archived ones too, except pinned "
    "ones. `0`: never.",
    default=0,
    least=0,
    most=MAX_DAYS,
)
ATTACHMENTS_VOLUME = Pattern(
    "ATTACHMENTS_VOLUME",
    "The Unity Catalog Volume that keeps attached files, as `/Volumes/catalog/schema/name`. The app's service"
    " principal needs `USE CATALOG`, `USE SCHEMA`, `READ VOLUME` and `WRITE VOLUME`. Files from before stay "
    "where they are, and stay readable. Without a database it is not used.",
    pattern=re.compile(r"/Volumes/[^/\s]+/[^/\s]+/[^/\s]+"),
    example="/Volumes/catalog/schema/name",
    unset="the database",
)
GROUP = Group(
    "Searching and keeping chats",
    (
        SEARCH_LANGUAGE,
        TRASH_DAYS,
        ARCHIVE_AFTER_DAYS,
        PURGE_AFTER_DAYS,
        ATTACHMENTS_VOLUME,
    ),
)
