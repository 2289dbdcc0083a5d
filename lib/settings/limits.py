"""How much one person may use."""

from lib.settings.variable import Group, Number

REQUESTS_PER_MINUTE = Number(
    "REQUESTS_PER_MINUTE",
    "How many API requests one user may make in a minute, in each process of the app.",
    default=600,
)
RUNNING_ANSWERS_PER_USER = Number(
    "RUNNING_ANSWERS_PER_USER",
    "How many answers of one user may be written at once, in each process of the app.",
    default=20,
)
MAX_ANSWER_BYTES = Number(
    "MAX_ANSWER_BYTES",
    "The maximum length of an answer, in bytes of everything the agent says: text, reasoning, tool calls and "
    "their results. A longer answer ends there with a sentence, and what has come is kept.",
    default=2_000_000,
)
GROUP = Group(
    "Limits",
    (
        REQUESTS_PER_MINUTE,
        RUNNING_ANSWERS_PER_USER,
        MAX_ANSWER_BYTES,
    ),
)
