"""The files of questions on their way from the store to an agent."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class KeptFile:
    """What is told of a file whose bytes the store keeps."""

    id: UUID
    name: str
    content_type: str


@dataclass(frozen=True)
class GivenFile:
    """A file in the form in which an agent gets it: a text to read, or its bytes in a `data:` address.

    The other of the two is empty.
    """

    name: str
    content_type: str
    text: str = ""
    data_url: str = ""
