"""The files of questions in Postgres, with their bytes there or in the Volume.

Both is never one transaction, so an object of the Volume is noted for removal before it is written, and stays only if a
file names it afterwards (see sql/migrations). No transaction is open while the Volume is called.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from lib.attachments.volume import Volume
from lib.errors import FilesUnavailable, NoSuchFile, NotFound
from lib.identity import User
from lib.storable import storable_text
from lib.store.files import Attachment, StoredFile, check_room, joined, kept
from lib.store.user_rows import UserRows

REMOVE_UNUSED_SECONDS = 3600
"""Longer than storing a file can take."""
NO_VOLUME = "This file is in a Volume that the app no longer has. An admin can set ATTACHMENTS_VOLUME again."


class PostgresFiles:
    """The part of `PostgresStore` that keeps files."""

    _person: UserRows
    _user: User
    _volume: Volume | None

    def add_file(self, file_id: UUID, name: str, content_type: str, content: bytes) -> Attachment:
        if known := self.find_files([file_id]):
            return known[0]
        [unasked] = self._person.own("count_unasked_files")
        check_room(unasked["files"], unasked["bytes"], len(content))
        path = self._written(content, self._volume) if self._volume else None
        about = {"file_id": file_id, "name": storable_text(name), "content_type": content_type}
        where = {"size_bytes": len(content), "content": None if path else content, "volume_path": path}
        try:
            [row] = self._person.own("add_file", email=self._user.email, person=self._user.name, **about, **where)
        except NotFound as error:
            raise NoSuchFile from error
        return _described(row)

    def find_files(self, file_ids: Sequence[UUID]) -> list[Attachment]:
        return list(map(_described, self._person.own("find_files", file_ids=joined(file_ids))))

    def read_file(self, file_id: UUID) -> StoredFile | None:
        rows = self._person.readable("read_file", file_id=file_id)
        if not rows:
            return None
        [row] = rows
        content = bytes(row["content"]) if row["volume_path"] is None else self._read(row["volume_path"])
        return StoredFile(_described(row), content)

    def _written(self, content: bytes, volume: Volume) -> str:
        """Where in the Volume the bytes are now."""
        path = volume.new_path()
        self._person.own("note_object", volume_path=path, seconds=REMOVE_UNUSED_SECONDS)
        volume.write(path, content)
        return path

    def _read(self, path: str) -> bytes:
        """Raises FilesUnavailable, also where the app has lost its Volume."""
        if self._volume is None:
            raise FilesUnavailable(NO_VOLUME)
        return self._volume.read(path)


def _described(row: Mapping[str, Any]) -> Attachment:
    return kept(row["id"], row["name"], row["content_type"], row["size_bytes"])
