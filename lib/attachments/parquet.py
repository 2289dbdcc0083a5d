"""Reads the head of a Parquet file, in a process of its own (`parquet_child.py` says why)."""

import json
import subprocess
import sys
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from threading import Lock

from lib.attachments import parquet_child
from lib.attachments.table_head import TableHead
from lib.errors import BadInput

TIMEOUT_SECONDS = 20
MAX_CACHED = 16
"""A file is checked when it comes, and read again for its preview and for the agent."""
_PLAIN, _ENCRYPTED = b"PAR1", b"PARE"
_cache: OrderedDict[bytes, str] = OrderedDict()
# One file at a time, so that memory stays bounded however many people attach files at once.
_reading = Lock()


def parquet_head(shown: str, content: bytes) -> TableHead:
    """The first rows. Raises BadInput if the file cannot be read within the limits; `shown` is its name there."""
    if _ENCRYPTED in (content[:4], content[-4:]):
        raise BadInput(f"{shown} is encrypted, so it cannot be read here. Attach it without encryption, please.")
    if not content.endswith(_PLAIN):
        raise BadInput(f"{shown} is damaged or not complete.")
    key = sha256(content).digest()
    with _reading:
        found = _cache[key] if key in _cache else _read(content)
        if found is None:
            raise BadInput(f"{shown} is damaged, or it unpacks to more than can be read here.")
        _cache[key] = found
        _cache.move_to_end(key)
        if len(_cache) > MAX_CACHED:
            _cache.popitem(last=False)
    return _head(found)


def _read(content: bytes) -> str | None:
    """What the program wrote; None if it failed."""
    command = [sys.executable, "-I", str(Path(parquet_child.__file__))]
    try:
        # The program is our own. Its environment is empty, so it holds no token.
        child = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, env={}, timeout=TIMEOUT_SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return child.stdout.decode()


def _head(written: str) -> TableHead:
    found = json.loads(written)
    rows = tuple(tuple(row) for row in found["rows"])
    return TableHead(tuple(found["columns"]), rows, found["row_count"], found["column_count"])
