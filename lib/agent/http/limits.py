"""How long to wait for an agent. The limits apply one after the other.

The connection must open within `connect_seconds`. Then the head of the response may take `first_byte_seconds`, and its
first bytes as long again: an agent may think silently until model serving ends the request after 297 s. Once bytes
arrive, no pause between them may exceed `idle_seconds`. Gateways fill pauses with comments or pings, and some go on
after the agent has died, so a stream may go without an understood message for `kept_alive_seconds` at most. While an
agent refuses requests for a temporary reason, they are repeated for `wake_seconds` in total.

An answer that the agent writes in the background has no such limits: it is followed over as many connections as it
takes for `max_seconds`, of which the agent may be out of reach for `lost_seconds` at a time.
"""

from dataclasses import dataclass

from lib.config import Settings


@dataclass(frozen=True)
class Limits:
    connect_seconds: float = 10
    first_byte_seconds: float = 310
    idle_seconds: float = 300
    wake_seconds: float = 180
    max_seconds: float = 3_600
    lost_seconds: float = 600
    """Longer than the deployment of an app takes."""
    first_pause_seconds: float = 1
    """The pause before the second request. It doubles before each further one."""

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(
            connect_seconds=settings.agent_connect_seconds,
            first_byte_seconds=settings.agent_first_byte_seconds,
            idle_seconds=settings.agent_idle_seconds,
            max_seconds=60 * settings.agent_max_minutes,
        )

    @property
    def kept_alive_seconds(self) -> float:
        return 2 * self.idle_seconds
