"""Says which files of a conversation an agent has a form for."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lib.errors import AgentFailed
from lib.messages.files import GivenFile, KeptFile
from lib.messages.parts import ContextMessage

Takes = Callable[[str], bool]
"""Whether an agent takes files of this content type as data."""


def not_taken(name: str, content_type: str) -> str:
    """The sentence for a file that the agent has no form for."""
    if content_type.startswith("image/"):
        return f"This agent takes no images, so “{name}” cannot be sent to it."
    return f"This agent takes no PDF files, so “{name}” cannot be sent to it."


def with_taken_files(conversation: Sequence[ContextMessage], takes: Takes) -> list[ContextMessage]:
    """The conversation with a remark in place of each file that is not taken.

    Raises AgentFailed for a file of the question itself, the last message: without it the answer would be beside it.
    """
    messages = [_with_taken_files(message, takes) for message in conversation[:-1]]
    for file in _untaken(conversation[-1].files, takes) if conversation else ():
        raise AgentFailed(not_taken(file.name, file.content_type), failure="bad_input")
    return [*messages, *conversation[-1:]]


def _with_taken_files(message: ContextMessage, takes: Takes) -> ContextMessage:
    untaken = _untaken(message.files, takes)
    if not untaken:
        return message
    files = [_remark(file) if file in untaken else file for file in message.files]
    return replace(message, files=files)


def _untaken(files: Sequence[KeptFile | GivenFile], takes: Takes) -> list[GivenFile]:
    data = [file for file in files if isinstance(file, GivenFile) and file.data_url]
    return [file for file in data if not takes(file.content_type)]


def _remark(file: KeptFile | GivenFile) -> GivenFile:
    return GivenFile(file.name, file.content_type, text=f"(A file called “{file.name}” was attached here.)")
