"""Reads the files of a conversation just before an agent is asked, and brings them into the form that it is given.

The files of the question are sent, or it fails. Of the files before it, the newest are sent again until they fill the
room that is left, and the agent reads a remark in place of the others.
"""

from collections.abc import Sequence
from dataclasses import replace

from lib.attachments.for_agents import MAX_GIVEN_BYTES, given_bytes, given_file, remark
from lib.errors import AgentFailed, BadInput, DatabaseUnavailable, FilesUnavailable
from lib.messages.files import GivenFile, KeptFile
from lib.messages.parts import ContextMessage
from lib.store.store import Store

MAX_EARLIER_BYTES = 500_000
"""Of one file of an earlier question: an image is made smaller for it."""
LEAST_ROOM_BYTES = 20_000
"""With less room left, no file is read."""
NOT_SENT_AGAIN = "is no longer sent"


def with_files(store: Store, conversation: Sequence[ContextMessage], most_text_chars: int) -> list[ContextMessage]:
    """The conversation, the question last, with its files. Call it off the event loop: it reads and decodes.

    `most_text_chars` bounds the text of files before the question. Raises AgentFailed for a file of the question that
    cannot be sent.
    """
    question = _with_own_files(store, conversation[-1])
    room = _Room(MAX_GIVEN_BYTES - sum(map(given_bytes, _given(question))), most_text_chars)
    earlier = [_with_earlier_files(store, message, room) for message in reversed(conversation[:-1])]
    return [*reversed(earlier), question]


class _Room:
    """What is left for the files of earlier questions."""

    def __init__(self, room_bytes: int, text_chars: int) -> None:
        self.bytes = room_bytes
        self.text_chars = text_chars

    def take(self, file: GivenFile) -> bool:
        """False if the file does not fit."""
        if len(file.text) > self.text_chars or given_bytes(file) > self.bytes:
            return False
        self.text_chars -= len(file.text)
        self.bytes -= given_bytes(file)
        return True


def _with_own_files(store: Store, question: ContextMessage) -> ContextMessage:
    """Images, which can be made smaller, share the room that the other files leave."""
    given: dict[KeptFile, GivenFile] = {}
    room = MAX_GIVEN_BYTES
    kept = _kept(question)
    try:
        for number, file in enumerate(sorted(kept, key=_is_image)):
            most_bytes = room // (len(kept) - number) if _is_image(file) else room
            given[file] = _read(store, file, most_bytes)
            room -= given_bytes(given[file])
    except BadInput as error:
        raise AgentFailed(str(error), failure="bad_input") from error
    return replace(question, files=[given[file] if isinstance(file, KeptFile) else file for file in question.files])


def _with_earlier_files(store: Store, message: ContextMessage, room: _Room) -> ContextMessage:
    files = [_earlier(store, file, room) if isinstance(file, KeptFile) else file for file in message.files]
    return replace(message, files=files)


def _earlier(store: Store, file: KeptFile, room: _Room) -> GivenFile:
    if room.bytes < LEAST_ROOM_BYTES:
        return remark(file.name, file.content_type, NOT_SENT_AGAIN)
    try:
        given = _read(store, file, min(room.bytes, MAX_EARLIER_BYTES))
    except BadInput:
        return remark(file.name, file.content_type, NOT_SENT_AGAIN)
    except AgentFailed:
        return remark(file.name, file.content_type, "cannot be read")
    return given if room.take(given) else remark(file.name, file.content_type, NOT_SENT_AGAIN)


def _read(store: Store, file: KeptFile, most_bytes: int) -> GivenFile:
    """Raises BadInput if it is too large for that, and AgentFailed if it cannot be read."""
    try:
        stored = store.read_file(file.id)
    except (DatabaseUnavailable, FilesUnavailable) as error:
        sentence = f"“{file.name}” cannot be read right now. Try again in a minute."
        raise AgentFailed(sentence, failure="files_unavailable") from error
    if stored is None:
        sentence = f"“{file.name}” is no longer there. Attach it again, please."
        raise AgentFailed(sentence, failure="files_unavailable")
    return given_file(file.name, file.content_type, stored.content, most_bytes)


def _kept(message: ContextMessage) -> list[KeptFile]:
    return [file for file in message.files if isinstance(file, KeptFile)]


def _given(message: ContextMessage) -> list[GivenFile]:
    return [file for file in message.files if isinstance(file, GivenFile)]


def _is_image(file: KeptFile) -> bool:
    return file.content_type.startswith("image/")
