"""The zip of all chats: whole or unreadable, and no more of it in memory than one chat."""

import io
import json
from collections.abc import Iterator
from uuid import UUID, uuid4
from zipfile import BadZipFile, ZipFile

import pytest

from lib.errors import DatabaseUnavailable, TooMany
from lib.export.admission import MAX_AT_ONCE, STALLED_SECONDS, Exports
from lib.export.archive import MANIFEST, own_chat_ids, write_archive
from lib.export.format import read_chat_file
from lib.messages.parts import Text
from lib.store import edits
from lib.store.memory import MemoryStore
from tests.unit.export.chats import BOB, NOON, Chats


def pieces(store: MemoryStore, ids: list[UUID] | None = None) -> Iterator[bytes]:
    return write_archive(store, own_chat_ids(store) if ids is None else ids, "json", NOON, lambda: None)


def opened(data: bytes) -> ZipFile:
    archive = ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def test_all_chats_are_in_it_the_archived_too_and_nobody_elses() -> None:
    chats = Chats()
    mine = [chats.add(f"Question {number}?") for number in range(5)]
    chats.store.edit_chat(mine[0], edits.archive(True))
    chats.store.edit_chat(mine[1], edits.set_visibility("public"))
    with opened(b"".join(pieces(chats.store))) as archive:
        *names, manifest = archive.namelist()
        assert manifest == MANIFEST
        assert json.loads(archive.read(MANIFEST)) == {
            "format": "lakechat.export",
            "version": 1,
            "exportedAt": "2026-03-04T12:00:00+00:00",
            "chats": 5,
            "chatFormat": "json",
        }
        assert {read_chat_file(archive.read(name)).chat.id for name in names} == set(mine)
        assert all(name.startswith("chats/2026-03-04 Question ") and name.endswith(").json") for name in names)
    with opened(b"".join(pieces(chats.of(BOB)))) as archive:
        assert archive.namelist() == [MANIFEST]


def test_chats_of_one_day_and_title_have_names_of_their_own() -> None:
    chats = Chats()
    for number in range(3):
        chats.add("Alike", chat_id=UUID(int=(7 << 96) + number))
    with opened(b"".join(pieces(chats.store))) as archive:
        assert len(set(archive.namelist())) == 4


def test_chosen_chats_are_ones_own() -> None:
    chats = Chats()
    mine = [chats.add(), chats.add()]
    chats.store.edit_chat(mine[0], edits.set_visibility("public"))
    with opened(b"".join(pieces(chats.store, [mine[1], uuid4()]))) as archive:
        assert json.loads(archive.read(MANIFEST))["chats"] == 1
    with opened(b"".join(pieces(chats.of(BOB), mine))) as archive:
        assert archive.namelist() == [MANIFEST]


def test_a_chat_that_is_deleted_meanwhile_is_left_out() -> None:
    chats = Chats()
    mine = sorted(chats.add() for _ in range(3))
    coming = pieces(chats.store)
    came = [next(coming)]
    chats.store.delete_chat(mine[1])
    with opened(b"".join([*came, *coming])) as archive:
        found = [read_chat_file(archive.read(name)).chat.id for name in archive.namelist()[:-1]]
        assert found == [mine[0], mine[2]]
        assert json.loads(archive.read(MANIFEST))["chats"] == 2


def test_a_store_that_goes_away_ends_it_before_its_directory() -> None:
    chats = Chats()
    for _ in range(3):
        chats.add()

    def ids() -> Iterator[UUID]:
        first, *_ = chats.store.list_chat_ids(1)
        yield first
        raise DatabaseUnavailable

    came = []
    with pytest.raises(DatabaseUnavailable):
        for piece in write_archive(chats.store, ids(), "json", NOON, lambda: None):
            came.append(piece)
    assert came
    with pytest.raises(BadZipFile):
        ZipFile(io.BytesIO(b"".join(came)))


def test_a_long_chat_goes_out_in_pieces() -> None:
    chats = Chats()
    incompressible = "".join(f"{place * 7919 % 1_000_003:x}" for place in range(200_000))
    chats.add("Long?", Text(incompressible))
    sizes = [len(piece) for piece in pieces(chats.store)]
    assert max(sizes) < 200_000 and sum(sizes) > 400_000


def test_a_user_has_one_export_at_a_time_and_a_process_a_few() -> None:
    exports = Exports()
    first = exports.begin("ann")
    with pytest.raises(TooMany, match="already"):
        exports.begin("ann")
    others = [exports.begin(f"user {number}") for number in range(MAX_AT_ONCE - 1)]
    with pytest.raises(TooMany, match="Others"):
        exports.begin("bob")
    exports.end(others[0])
    exports.begin("bob")
    exports.end(first)
    exports.end(first)
    assert exports.running("ann") is None
    exports.begin("ann")


def test_a_place_that_nobody_reads_goes_to_the_next() -> None:
    now = [0.0]
    exports = Exports(lambda: now[0])
    stalled = exports.begin("ann")
    now[0] += STALLED_SECONDS
    stalled.was_read()
    now[0] += STALLED_SECONDS
    with pytest.raises(TooMany):
        exports.begin("ann")
    now[0] += 1
    taken = exports.begin("ann")
    with pytest.raises(TooMany, match="given up"):
        stalled.was_read()
    exports.end(stalled)
    taken.chat_is_done()
    assert (running := exports.running("ann")) and running.chats_done == 1
