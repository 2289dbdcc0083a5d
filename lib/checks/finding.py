"""What one check of the setup found, for `make doctor`, for the app's page for admins and for a deployment."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["good", "warning", "bad", "unknown"]
"""A warning does not keep the app from working. "unknown": the check could not be made, so it never counts as good."""


@dataclass(frozen=True)
class Finding:
    """`name` is what was checked, in a few words, and `says` one sentence for a person."""

    name: str
    status: Status
    says: str
    fix: str = ""
    """The exact command or statement to run; empty where nothing needs to be done, or where no command would do it."""
