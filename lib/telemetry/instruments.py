"""What is measured: every instrument with its unit, its meaning and its attributes. docs/telemetry.md lists the same.

Where OpenTelemetry's conventions have a name, it is used; the others begin with `lakechat.`. An attribute has few
values, which the app or its administrator chose: never what a person said, nor who they are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["counter", "histogram", "up-down counter"]
"""An up-down counter is read when it is exported; the others are told what happens."""

ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agent": "gen_ai.agent.name",
        "operation": "gen_ai.operation.name",
        "provider": "gen_ai.provider.name",
        "token": "gen_ai.token.type",
        "failure": "error.type",
        "status": "lakechat.turn.status",
        "turn": "lakechat.turn.id",
        "mlflow_trace": "lakechat.mlflow.trace_id",
        "mode": "lakechat.mode",
        "vote": "lakechat.vote",
        "pool": "db.client.connection.pool.name",
        "state": "db.client.connection.state",
    }
)
"""The names of all attributes of figures and spans, by the words that the code uses."""

SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 300.0, 1200.0)
"""OpenTelemetry's advice for what a model takes, and two more, because agents may work for long."""
TOKENS: Final = tuple(4**power for power in range(14))


@dataclass(frozen=True)
class Instrument:
    """`attributes` are words of ATTRIBUTES; `buckets` are the upper bounds of a histogram's buckets."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    attributes: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


TURNS_STARTED = Instrument("lakechat.turns.started", "counter", "{turn}", "Questions taken.", ("agent",))
TURNS_ENDED = Instrument(
    "lakechat.turns.ended",
    "counter",
    "{turn}",
    "Answers that ended, how, and why if one failed.",
    ("agent", "status", "failure"),
)
TURNS_WAITED = Instrument(
    "lakechat.turns.waited", "counter", "{turn}", "Times that an answer stopped to wait for an approval.", ("agent",)
)
TURN_DURATION = Instrument(
    "lakechat.turn.duration",
    "histogram",
    "s",
    "From taking a question to the end of its answer, without the time that it waited for an approval.",
    ("agent", "status"),
    SECONDS,
)
FIRST_WORD = Instrument(
    "lakechat.turn.time_to_first_word",
    "histogram",
    "s",
    "From taking a question to the first word of the answer, or whatever else the agent says first.",
    ("agent",),
    SECONDS,
)
AGENT_DURATION = Instrument(
    "gen_ai.client.operation.duration",
    "histogram",
    "s",
    "One request to an agent, with its retries, to the end of the stream.",
    ("operation", "provider", "agent", "failure"),
    SECONDS,
)
TOKEN_USAGE = Instrument(
    "gen_ai.client.token.usage",
    "histogram",
    "{token}",
    "Tokens of an answer, as the agent counted them.",
    ("operation", "provider", "agent", "token"),
    TOKENS,
)
MODE_CHANGES = Instrument(
    "lakechat.mode.changes", "counter", "{change}", "Changes of the mode, by the one that began.", ("mode",)
)
CREDENTIALS = Instrument(
    "lakechat.database.credential.requests",
    "counter",
    "{request}",
    "Requests for a credential of the database; `error.type` says which failed.",
    ("failure",),
)
VOTES = Instrument("lakechat.votes", "counter", "{vote}", "Votes given, changed and removed.", ("vote",))

TURNS_RUNNING = Instrument("lakechat.turns.running", "up-down counter", "{turn}", "Answers that are being written.")
MODE = Instrument(
    "lakechat.mode", "up-down counter", "1", "1 for the mode that the process is in, 0 for others.", ("mode",)
)
CONNECTIONS = Instrument(
    "db.client.connection.count",
    "up-down counter",
    "{connection}",
    "Connections to the database, in use or idle.",
    ("pool", "state"),
)
CONNECTIONS_MAX = Instrument(
    "db.client.connection.max", "up-down counter", "{connection}", "Connections that there may be at once.", ("pool",)
)
OUTBOX_WRITES = Instrument("lakechat.outbox.writes", "up-down counter", "{write}", "Writes that wait for the database.")
OUTBOX_SIZE = Instrument("lakechat.outbox.size", "up-down counter", "{character}", "Characters in these writes.")
DEAD_LETTERS = Instrument(
    "lakechat.outbox.dead_letters", "up-down counter", "{write}", "Writes that the database will never take."
)
SESSIONS = Instrument("lakechat.sessions.open", "up-down counter", "{session}", "Tabs of browsers that are connected.")

Reading = tuple[float, Mapping[str, str]]
Gauges = Mapping[Instrument, Callable[[], Iterable[Reading]]]
"""What reads each up-down counter, whenever it is exported: values with their attributes."""

INSTRUMENTS: Final = tuple(value for value in list(vars().values()) if isinstance(value, Instrument))
