"""All chats of a user, or some of them, as a zip that is sent while it is made.

Nothing of it is kept but what zip itself needs, a list of names: chats are read one after the other, each is made in a
file of its own, and goes out compressed in pieces. So memory does not grow with the chats, a chat that is deleted
meanwhile is left out and never half there, and whoever reads slowly holds up nobody else.

A zip is readable only with its directory, which comes last. Where the database goes away, the error ends the stream
before that: the connection breaks off, and no program takes what came for the whole.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import IO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from lib.attachments.kinds import IMAGES, PARQUET, PDF
from lib.errors import NotFound
from lib.export.attached_files import path_of, read
from lib.export.chat_file import FORMATS, FormatName, make_file
from lib.export.file_names import safe_name
from lib.export.source import AgentName, ChatSource, ExportReads, open_source
from lib.store.models import Chat
from lib.store.store import ChatReads

IDS_A_PAGE = 1_000
PIECE_BYTES = 64_000
PACKED = (*IMAGES, PDF, PARQUET)
"""Deflating these takes long and saves nothing."""
MANIFEST = "manifest.json"
MANIFEST_FORMAT, MANIFEST_VERSION = "lakechat.export", 1


def own_chat_ids(store: ChatReads, tell_total: Callable[[int], object] = lambda _: None) -> Iterator[UUID]:
    """All of the user's own. `tell_total` is told how many there are if one page holds them all."""
    page = store.list_chat_ids(IDS_A_PAGE)
    if len(page) < IDS_A_PAGE:
        tell_total(len(page))
    while page:
        yield from page
        page = store.list_chat_ids(IDS_A_PAGE, after=page[-1]) if len(page) == IDS_A_PAGE else []


def write_archive(
    store: ExportReads,
    chat_ids: Iterable[UUID],
    name: FormatName,
    exported_at: datetime,
    done: Callable[[], object],
    agent_name: AgentName = str,
) -> Iterator[bytes]:
    """The zip in pieces. `done` is called after each chat, and may raise to end it all."""
    out = _Pieces()
    count = 0
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for chat_id in chat_ids:
            if made := _made(store, chat_id, name, exported_at, agent_name):
                source, file = made
                count += 1
                with file:
                    yield from _added(archive, out, _entry(source.chat, FORMATS[name].suffix), file)
                for info, content in _files(source):
                    yield from _added(archive, out, info, BytesIO(content))
                yield out.taken()
            done()
        archive.writestr(_info(MANIFEST, exported_at), _manifest(count, name, exported_at))
    yield out.taken()


def _made(
    store: ExportReads, chat_id: UUID, name: FormatName, exported_at: datetime, agent_name: AgentName
) -> tuple[ChatSource, IO[bytes]] | None:
    """None for a chat that was deleted meanwhile, or that is not the user's."""
    try:
        source = open_source(store, chat_id, exported_at, agent_name)
        return (source, make_file(source, name)) if source.chat.is_owner else None
    except NotFound:
        return None


def _files(source: ChatSource) -> Iterator[tuple[ZipInfo, bytes]]:
    """Those of the messages that are in the file of the chat, one after the other, each once. Memory holds one."""
    for attachment in {each["id"]: each for each in source.attachments}.values():
        if file := read(source, attachment):
            info = _info(path_of(attachment), source.chat.updated_at)
            if attachment["content_type"] in PACKED:
                info.compress_type = ZIP_STORED
            yield info, file.content


def _added(archive: ZipFile, out: "_Pieces", info: ZipInfo, file: IO[bytes]) -> Iterator[bytes]:
    """What has to be sent after each piece of the file."""
    with archive.open(info, "w", force_zip64=True) as entry:
        while piece := file.read(PIECE_BYTES):
            entry.write(piece)
            if out.size >= PIECE_BYTES:
                yield out.taken()


def _entry(chat: Chat, suffix: str) -> ZipInfo:
    """Named by day and title, and by the whole id: of two files of one name, unpacking would leave one."""
    name = safe_name(chat.title)
    return _info(f"chats/{chat.updated_at:%Y-%m-%d} {name} ({chat.id}){suffix}", chat.updated_at)


def _info(name: str, at: datetime) -> ZipInfo:
    # The times of a zip begin in 1980.
    info = ZipInfo(name, max(at.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _manifest(chats: int, name: FormatName, exported_at: datetime) -> str:
    said = {
        "format": MANIFEST_FORMAT,
        "version": MANIFEST_VERSION,
        "exportedAt": exported_at.isoformat(),
        "chats": chats,
        "chatFormat": name,
    }
    return json.dumps(said, indent=2) + "\n"


class _Pieces:
    """What a zip is written to: it cannot be sought in, and gives away what it has."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Asked for by zipfile."""

    def taken(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return taken
