"""The small model that works beside the agents."""

from lib.settings.variable import Choice, Group, Variable

TITLE_ENDPOINT = Variable(
    "TITLE_ENDPOINT",
    "Serving endpoint of a small model that names chats, suggests next questions, and with `CONTEXT_SUMMARY` "
    "summarises long chats. It is asked as the app.",
    unset="unset: a chat is named after its first question, no model is called",
)
FOLLOW_UPS = Choice(
    "FOLLOW_UPS",
    "The buttons above the input with what could be asked next. `auto`: what the agent suggests; where it "
    "suggests nothing, the model of `TITLE_ENDPOINT` is asked, which costs one more call for each whole "
    "answer, also to questions from the API, and shows that model the question and up to 4,000 characters of "
    "the answer. `agent`: only what the agent itself suggests or offers to choose from; no call. `off`: no "
    "such buttons, and no call.",
    choices=("auto", "agent", "off"),
)
GROUP = Group(
    "A small model beside the agents",
    (
        TITLE_ENDPOINT,
        FOLLOW_UPS,
    ),
)
