"""What the agents are sent beside the question."""

from lib.settings.variable import Choice, Group, Number, Variable

HISTORY_TOKEN_BUDGET = Number(
    "HISTORY_TOKEN_BUDGET",
    "How much of the conversation is sent to the agent, in tokens, cut at whole turns. `SYSTEM_PROMPT` and "
    "standing instructions count, too. A longer chat has a line where the agent begins to see it.",
    default=100_000,
)
CONTEXT_SUMMARY = Choice(
    "CONTEXT_SUMMARY",
    "`on`: of what `HISTORY_TOKEN_BUDGET` leaves out the agent is sent a summary, of at most 4,000 "
    "characters, which the model of `TITLE_ENDPOINT` writes after an answer. It stands at the line in the "
    "chat, for its owner, and counts towards the budget. In a long chat this is a call now and then, and "
    "shows that model the whole conversation, file names and all, but no tool results and no files. `off`: "
    "what is left out is not sent.",
    choices=("off", "on"),
)
SYSTEM_PROMPT = Variable(
    "SYSTEM_PROMPT",
    "Instructions of your own that every agent is sent with every question, as a system message before the "
    "conversation, in front of the person's standing instructions. An agent may repeat them to whoever asks, "
    "so they are no place for a secret. They count towards `HISTORY_TOKEN_BUDGET`; the small model of "
    "`TITLE_ENDPOINT` does not get them. Several lines are fine.",
    unset="unset: agents get no instructions from the app",
)
SEND_DATE = Choice(
    "SEND_DATE",
    "`day`: every agent is told today's date, with the weekday, in the time zone of the person's browser, in "
    "a sentence at the end of the system message. `minute`: also the time. Programs give their time zone with"
    " the question; where none is known, the date is that of UTC, and the agent is told so. With `minute` a "
    "model that caches the beginning of a conversation reads all of it anew with each question. "
    "`off`: agents are told no date.",
    choices=("off", "day", "minute"),
)
GROUP = Group(
    "What the agents are sent",
    (
        HISTORY_TOKEN_BUDGET,
        CONTEXT_SUMMARY,
        SYSTEM_PROMPT,
        SEND_DATE,
    ),
)
