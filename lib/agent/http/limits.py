"""How long to wait for an agent. The limits apply one after the other.

A connection has to open within `connect_seconds`. From then on it may take `first_byte_seconds` until the head of the
response, and as long again until its first bytes: model serving ends a request after 297 s, and until then an agent
may think without a sign of life. Once bytes flow, each pause between them ends after `idle_seconds`. Gateways fill such
pauses with comments or pings, and some go on after the agent has died, so `kept_alive_seconds` limits how long a stream
may go without a message that says something. An agent that refuses is asked again for `wake_seconds` in total.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    connect_seconds: float = 10
    first_byte_seconds: float = 310
    idle_seconds: float = 300
    wake_seconds: float = 180
    first_pause_seconds: float = 1
    """Before the second request; it doubles with each further one."""

    @property
    def kept_alive_seconds(self) -> float:
        return 2 * self.idle_seconds
