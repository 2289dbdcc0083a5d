"""What is logged."""

from lib.settings.variable import Choice, Group

LOG_LEVEL = Choice(
    "LOG_LEVEL",
    "`INFO` (a line for each API request and each turn), `DEBUG`, `WARNING` or `ERROR`.",
    choices=("INFO", "DEBUG", "WARNING", "ERROR"),
)
GROUP = Group(
    "Logging",
    (LOG_LEVEL,),
)
