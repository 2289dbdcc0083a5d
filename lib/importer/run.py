"""Imports all chats of a file, one after the other. Each is stored whole or not at all."""

from collections.abc import Callable
from typing import IO

from lib.errors import BadInput, DatabaseUnavailable, FilesUnavailable, NotTaken
from lib.importer.attached_files import ImportStore, with_files
from lib.importer.read_chat import TOO_DEEP, read_chat
from lib.importer.refused import NO_CHATS, NotTakenChat, UnknownDocument
from lib.importer.report import Report
from lib.importer.upload import Document, documents
from lib.messages.parts import File
from lib.store.imports import IMPORTED, ImportedChat

WITHOUT_FILES = "Imported without what is in {}: the chat only names them."
TAKEN_SO_FAR = "{} The first {:,} chats of the file are here. Import it again to go on from there."


def import_file(store: ImportStore, file: IO[bytes], done: Callable[[], object] = lambda: None) -> Report:
    """`done` is called after each chat, and may raise to end it all. What was imported until then stays.

    Raises BadInput for a file that cannot be read, and DatabaseUnavailable.
    """
    report, is_chat = Report(), False
    try:
        for document in documents(file):
            is_chat |= _import(store, document, report)
            done()
    except (BadInput, DatabaseUnavailable, FilesUnavailable) as error:
        if known := report.imported + report.unchanged:
            raise type(error)(TAKEN_SO_FAR.format(error, known)) from error
        raise
    if not is_chat:
        raise BadInput(NO_CHATS)
    return report


def _import(store: ImportStore, document: Document, report: Report) -> bool:
    """Whether it is a chat in one of the formats."""
    title = document.name
    try:
        if isinstance(document.value, NotTakenChat):
            raise document.value
        chat = read_chat(document.value)
        title = chat.chat.title
        chat, missing = with_files(store, chat, document.files)
        outcome = store.import_chat(chat)
        report.add(title, outcome)
        if outcome == IMPORTED and (files := missing + _missing_files(chat)):
            report.skip(title, WITHOUT_FILES.format("one file" if files == 1 else f"{files:,} files"))
    except (NotTakenChat, NotTaken) as refused:
        report.skip(title, str(refused))
        return not isinstance(refused, UnknownDocument)
    except RecursionError:
        report.skip(title, TOO_DEEP)
    return True


def _missing_files(chat: ImportedChat) -> int:
    """How many images and other files another app's export names, but does not hold."""
    if chat.keeps_ids:
        return 0
    parts = [part for each in chat.messages for part in each.message.parts]
    attached = sum(len(each.message.attachments) for each in chat.messages)
    return attached + sum(isinstance(part, File) and not part.url for part in parts)
