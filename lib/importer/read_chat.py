"""Which format a document has, and the chat that it is."""

from typing import Any

from lib.importer.own_file import is_own, read_own
from lib.importer.refused import UnknownDocument
from lib.store.imports import ImportedChat

TOO_DEEP = "The chat is nested too deeply."


def read_chat(document: Any) -> ImportedChat:
    """Raises NotTakenChat."""
    if isinstance(document, dict) and is_own(document):
        return read_own(document)
    raise UnknownDocument
