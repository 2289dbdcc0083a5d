"""Receives a file that is the body of a request: in memory at first, on the disk once it is long."""

import asyncio
from typing import IO

from fastapi import Request
from starlette.requests import ClientDisconnect

from lib.errors import BadInput

MAX_MEMORY_BYTES = 1_000_000
"""Of a file that is being received; a longer one goes on on the disk."""
SILENT_SECONDS = 60
"""For so long a client may send nothing of its file."""
STALLED = f"Nothing of the file came for {SILENT_SECONDS} seconds. Try again."


async def receive(request: Request, file: IO[bytes]) -> None:
    pieces = aiter(request.stream())
    try:
        while piece := await asyncio.wait_for(anext(pieces, b""), SILENT_SECONDS):
            file.write(piece)
    except (TimeoutError, ClientDisconnect):
        raise BadInput(STALLED) from None
    file.seek(0)


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
