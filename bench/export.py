"""A zip of all chats: the memory it takes in the app's process, its time, and how long another user waits meanwhile."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import httpx

from bench import fill
from bench.figures import Row, as_ms, p99
from bench.long_answer import OTHERS_P99_SECONDS, TIMEOUT_SECONDS, light_requests
from bench.stage import Stage
from lib.export.archive import MANIFEST

FEW, MANY, QUICK_MANY = 10, 1_000, 200
MESSAGES = 100
MOST_MORE_MEGABYTES = 20
LAST_CHATS = 0xE0000000


def measure(stage: Stage) -> list[Row]:
    """The small zip comes first, twice, so that what the process loads once does not count."""
    many = QUICK_MANY if stage.is_quick else MANY
    _ = stage.app.url  # makes the schema
    for count in (FEW, many):
        _fill(stage, count)
    _peak_megabytes(stage, FEW, [])
    few, _, _ = _peak_megabytes(stage, FEW, [])
    waits: list[float] = []
    peak, seconds, size = _peak_megabytes(stage, many, waits)
    more = peak - few
    return [
        Row(
            f"zip of {many:,} chats of {MESSAGES} messages",
            f"{seconds:.1f} s, {size / 1e6:.1f} MB",
            f"{few:.0f} MB of memory for {FEW} chats",
            f"{more:+.1f} MB of memory",
            f"≤ +{MOST_MORE_MEGABYTES} MB",
            more <= MOST_MORE_MEGABYTES,
        ),
        Row(
            "  others meanwhile, light requests",
            f"{as_ms(waits)}, at most {max(waits) * 1000:.0f} ms",
            "",
            "",
            f"p99 ≤ {OTHERS_P99_SECONDS * 1000:.0f} ms",
            p99(waits) <= OTHERS_P99_SECONDS,
        ),
    ]


def _email(count: int) -> str:
    return f"export-{count}@example.com"


def _fill(stage: Stage, count: int) -> None:
    with stage.admin() as admin:
        admin.execute("SET session_replication_role = replica")
        for number in range(count):
            fill.chat(
                admin, _email(count), UUID(int=((LAST_CHATS + count) << 96) + (number << 64)), MESSAGES, analyze=False
            )
        admin.execute("ANALYZE chat.chats, chat.messages")


def _peak_megabytes(stage: Stage, count: int, waits: list[float]) -> tuple[float, float, int]:
    """The greatest resident size of the app's process while its zip is read, the seconds it took, and its bytes."""
    process = Path(f"/proc/{stage.app.pid}")
    (process / "clear_refs").write_text("5")  # the peak is counted from now on
    began = time.perf_counter()
    size = asyncio.run(_read(stage.app.url, count, waits))
    seconds = time.perf_counter() - began
    [line] = [line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024, seconds, size


async def _read(url: str, count: int, waits: list[float]) -> int:
    others = asyncio.create_task(light_requests(url, waits))
    size, tail = 0, b""
    headers = {"X-Forwarded-Email": _email(count)}
    client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, headers=headers)
    async with client, client.stream("GET", "/api/export") as response:
        response.raise_for_status()
        async for piece in response.aiter_raw():
            size += len(piece)
            tail = (tail + piece)[-1_000:]
    others.cancel()
    with suppress(asyncio.CancelledError):
        await others
    if MANIFEST.encode() not in tail:
        raise SystemExit("The zip is not whole.")
    return size
