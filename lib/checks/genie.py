"""Genie spaces that are among the agents."""

from lib.checks.asking import Asking, unexplained
from lib.checks.finding import Finding


def space(asking: Asking, name: str, id: str) -> Finding:
    """Raises NoAnswer."""
    label = f"Genie space: {name}"
    answer = asking.get(f"/api/2.0/genie/spaces/{id}")
    if answer.status == 200:
        return Finding(label, "good", "It is there, and this sign-in may see it.")
    if answer.is_missing or answer.is_denied:
        says = "There is no such space, or this sign-in may not see it: asking it needs CAN_RUN."
        return Finding(label, "bad", says, "databricks genie list-spaces")
    return unexplained(label, answer)
