"""What an agent needs of the people who ask it: their sign-in, with scopes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lib.agent.endpoints.scopes import missing_scopes
from lib.agent.endpoints.serving import needed_scopes
from lib.checks.asking import Asking
from lib.checks.finding import Finding, Status
from lib.checks.permissions import reaches
from lib.checks.serving import Endpoint, look_up

SWITCH_ON = 'make options OPTIONS="on-behalf …"  # with the options that you have already'
NOT_FORWARDED: dict[str, tuple[Status, str]] = {
    "missing": (
        "bad",
        "It acts for the person who asks, but the app gets nobody's sign-in (user authorization).",
    ),
    "unused": ("warning", "It acts for the person who asks, but AGENT_AUTH has the app ask as itself."),
    "unknown": ("unknown", "It acts for the person who asks. Whether the app gets their sign-in shows once it runs."),
}


@dataclass(frozen=True)
class People:
    """What is known of people's sign-in."""

    sign_in: Literal["forwarded", "missing", "unused", "unknown"]
    """Whether the app gets their tokens, does not, does not use them, or whether that cannot be known."""
    granted: frozenset[str] | None = None
    """The scopes of their tokens; None if these do not tell."""
    admin: Asking | None = None
    """Asks with the token of the admin who looks."""

    def of_admin(self, label: str, endpoint_name: str) -> Iterator[Finding]:
        """Whether the admin who looks may ask this agent with their own sign-in. Raises NoAnswer."""
        if self.admin is None:
            return
        answer = look_up(self.admin, label, endpoint_name).answer
        if answer.status == 200 and reaches(answer.body.get("permission_level"), "CAN_QUERY"):
            yield Finding(label, "good", "You may ask it with your own sign-in.")
        elif answer.status == 200 or answer.is_missing or answer.is_denied:
            says = "You may not ask it with your own sign-in: whoever asks needs CAN_QUERY on it."
            yield Finding(label, "bad", says, f"databricks serving-endpoints get {endpoint_name}")
        else:
            yield Finding(label, "unknown", "Your own sign-in may not be used to find out whether you may ask it.")


def scopes(endpoint: Endpoint, people: People) -> Iterator[Finding]:
    """Nothing for an agent that does not act on behalf of its user."""
    needed, label = needed_scopes(endpoint.answer.body), endpoint.label
    if needed is None:
        return
    if people.sign_in != "forwarded":
        status, says = NOT_FORWARDED[people.sign_in]
        yield Finding(label, status, says, SWITCH_ON if status == "bad" else "")
    elif missing := missing_scopes(needed, people.granted):
        says = f"It needs scopes that people's sign-in does not have: {', '.join(missing)}."
        yield Finding(label, "bad", says, "\n".join(["user_api_scopes:", *(f"  - {scope}" for scope in missing)]))
    elif people.granted is None:
        yield Finding(label, "unknown", "It acts for the person who asks. Their token names no scopes.")
    else:
        yield Finding(label, "good", "It acts for the person who asks, whose sign-in has what it needs.")
