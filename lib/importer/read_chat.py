"""Which app a document is from, and the chat that it is."""

from typing import Any

from lib.importer.chatgpt import is_chatgpt, read_chatgpt
from lib.importer.open_webui import is_open_webui, read_open_webui
from lib.importer.own_file import is_own, read_own
from lib.importer.refused import UnknownDocument
from lib.store.imports import ImportedChat

_READERS = ((is_own, read_own), (is_chatgpt, read_chatgpt), (is_open_webui, read_open_webui))
TOO_DEEP = "The chat is nested too deeply."


def read_chat(document: Any) -> ImportedChat:
    """Raises NotTakenChat."""
    if isinstance(document, dict):
        for is_from, read in _READERS:
            if is_from(document):
                return read(document)
    raise UnknownDocument
