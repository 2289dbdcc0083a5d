"""What the process looks like when its figures are exported: read from what it knows, never from the database.

A query would keep a Lakebase awake that nobody uses.
"""

from collections.abc import Callable

from lib.db.database import Database
from lib.outage.connection_state import MODES, ConnectionState
from lib.runtime import Runtime
from lib.telemetry import instruments
from lib.telemetry.instruments import Gauges, Reading

POOL = {"pool": "lakechat"}


def gauges(process: Runtime, open_sessions: Callable[[], int]) -> Gauges:
    """Of everything that is not counted when it happens.

    Builds these parts of the process, which are read in another thread later, as `Runtime.start` would.
    """
    database, outbox = process.database, process.outbox
    turns, temporary = process.turns, process.temporary.turns
    return {
        instruments.TURNS_RUNNING: lambda: _alone(turns.running + temporary.running),
        instruments.MODE: lambda: _modes(process.connection_state),
        instruments.CONNECTIONS: lambda: _connections(database),
        instruments.CONNECTIONS_MAX: lambda: [(database.pool_counts.most, POOL)] if database else [],
        instruments.OUTBOX_WRITES: lambda: _alone(len(outbox)),
        instruments.OUTBOX_SIZE: lambda: _alone(outbox.chars),
        instruments.DEAD_LETTERS: lambda: _alone(len(outbox.dead_letters)),
        instruments.SESSIONS: lambda: _alone(open_sessions()),
    }


def _alone(value: int) -> list[Reading]:
    return [(value, {})]


def _modes(state: ConnectionState) -> list[Reading]:
    now = state.mode
    return [(int(mode == now), {"mode": mode}) for mode in dict.fromkeys(MODES.values())]


def _connections(database: Database | None) -> list[Reading]:
    if database is None:
        return []
    counts = database.pool_counts
    return [(counts.used, {**POOL, "state": "used"}), (counts.idle, {**POOL, "state": "idle"})]
