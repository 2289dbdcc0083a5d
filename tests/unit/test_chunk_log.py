"""One writer, any number of readers."""

import time
from threading import Thread

from lib.agent.events import Chunk
from lib.chat.chunk_log import ChunkLog

ONE, TWO = Chunk("1", ()), Chunk("2", ())


def test_readers_get_the_chunks_after_their_position_with_their_numbers() -> None:
    log = ChunkLog()
    log.append(ONE)
    log.append(TWO)
    assert log.after(0) == [(1, ONE), (2, TWO)]
    assert log.after(1) == [(2, TWO)]
    assert log.after(2) == []
    assert len(log) == 2


def test_a_waiting_reader_wakes_for_a_chunk_and_for_the_end() -> None:
    log = ChunkLog()
    seen: list[int] = []

    def read() -> None:
        while not log.closed:
            log.wait(len(seen), 10)
            seen.extend(number for number, _ in log.after(len(seen)))

    reader = Thread(target=read)
    reader.start()
    log.append(ONE)
    log.append(TWO)
    log.close()
    reader.join(5)
    assert not reader.is_alive()
    assert seen == [1, 2]


def test_waiting_ends_after_the_timeout() -> None:
    log = ChunkLog()
    started = time.monotonic()
    log.wait(0, 0.01)
    assert time.monotonic() - started < 5
    assert len(log) == 0 and not log.closed


def test_a_reader_does_not_wait_for_chunks_that_have_arrived() -> None:
    log = ChunkLog()
    log.append(ONE)
    log.wait(0, 60)
    log.close()
    log.wait(1, 60)


def test_listeners_are_called_for_every_change_while_they_are_subscribed() -> None:
    log, calls = ChunkLog(), []
    with log.watched(lambda: calls.append("first")):
        with log.watched(lambda: calls.append("second")):
            log.append(ONE)
        log.append(TWO)
    log.close()
    assert calls == ["first", "second", "first"]


def test_subscribed_readers_are_counted() -> None:
    log = ChunkLog()
    with log.watched(), log.watched():
        assert log.watchers == 2
    assert log.watchers == 0
