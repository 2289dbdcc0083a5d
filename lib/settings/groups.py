"""All settings, in the order of docs/configuration.md."""

from lib.settings import (
    agents,
    branding,
    database,
    feedback,
    keeping,
    limits,
    logging,
    people,
    sending,
    small_model,
    telemetry,
    waiting,
)

GROUPS = (
    database.GROUP,
    people.GROUP,
    agents.GROUP,
    waiting.GROUP,
    sending.GROUP,
    small_model.GROUP,
    feedback.GROUP,
    limits.GROUP,
    keeping.GROUP,
    branding.GROUP,
    logging.GROUP,
    telemetry.GROUP,
)
DECLARED = tuple(variable for group in GROUPS for variable in group.variables)
VARIABLES = tuple(variable.name for variable in DECLARED)
"""The names of all variables that the app, or a library on its behalf, reads."""
