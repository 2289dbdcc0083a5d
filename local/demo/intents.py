"""What a message is about, by patterns, and the fixed texts that answer some of them."""

import re
from collections.abc import Sequence

EXAMPLES = """- Which region sold most last quarter?
- Show revenue by month for 2026
- Draw revenue by month for 2026, or a diagram of the tables
- Who are our top 10 customers?
- Compare the return rate of Footwear and Apparel
- Send the sales report to ann@example.com (I ask before I do)
- What did I ask first?"""
INTRODUCTION = f"""I am Lakechat's demo agent. There is no language model behind me: I read your question with a set \
of rules, write SQL and run it on a small made-up data set of an outdoor-goods shop. Ask me things like:

{EXAMPLES}

You can also type a `SELECT` yourself, or say "show me the SQL".

To talk to a real agent, set `SERVING_ENDPOINT` to the name of your serving endpoint, or `AGENT_URL` (with \
`AGENT_API_KEY` and `AGENT_MODEL`) to the URL of any OpenAI-compatible server, and start the app again."""
GREETING = (
    r"^\W*(hi|hello|hey|hallo|good (morning|afternoon|evening)|help|start|(who|what) are you|what can (you|i)"
    r"|how do (you|i)|are you (an? )?(ai|llm|real|human|bot))\b"
)
UNSURE = r"\b(help me (choose|decide)|(what|which)\b.*\b(should|could|shall) (i|we) (ask|look)|not sure what)\b"
CHOICE = """What would you like to know about the shop?

- Revenue by month for 2026
- The top 10 customers
- The return rate by category
- Orders by region last quarter"""
SEND = r"\b(send|e-?mail|mail)\b.*\b(report|figures|numbers|summary)\b"
ADDRESS = r"[\w.+-]+@[\w-]+\.[\w.]*\w"
MAY_I = "I can send the sales report to {address}. Sending mail is only done with your approval."
SENT = "The report is on its way to {address}. (This is a demo: nothing was really sent.)"
NOT_SENT = "Then I have not sent anything."
THANKS = r"^\W*(thanks|thank you|thx|great|perfect|nice|cool)\b[^?]*$"
ASKED_FIRST = r"\b(what|which)\b.*\b(i|my)\b.*\b(first|start with|begin with)\b|\bmy first (question|message)\b"
ASKED_ALL = (
    r"\b(list|repeat|show|what (are|were)|summari[sz]e)\b.*\b(my|all|i)\b.*\b(questions|asked|messages)\b"
    r"|\bwhat have i asked\b"
)
ASKED_BEFORE = (
    r"\bwhat (did|was|had) (i|my)\b.*\b(asked?|say|said|question|before|last|previous|just)\b"
    r"|\bmy (last|previous) (question|message)\b"
)
SHOW_SQL = r"\b(show|see|give|print|what|which|display)\b.*\b(sql|query|statement)\b|^\W*(the )?sql\W*$"
SQL_START = (
    r"```|select\s|with\s+\w+\s+as\s*\(|from\s+\w+\s*(;|$|select\b|where\b|limit\b)|values\s*\("
    r"|(insert\s+into|update\s+\w+\s+set|delete\s+from|copy|attach|pragma|set|install|load|call|export)\s+[\w']"
    r"|(drop|create|alter|truncate)\s+(table|view|schema|or)\b|(describe|summarize)\s+\w+\s*;?\s*$"
)
FENCE = r"^\s*```\w*\s*|\s*```\s*$"
LONG = (
    r"\b(long|detailed|full|lengthy) (answer|report|text|essay|story|summary)\b"
    r"|\btell me everything\b|\bwrite\b.*\b(essay|report|story)\b"
)
TABLES = r"\b(tables?|columns?|schema|fields)\b|\b(what|which|describe|about)\b.*\bdata\b|\bwhat do you know\b"
MISSING = {
    r"\b(profits?|margins?|costs?|profitab\w+|expenses)\b": "costs, so I cannot work out a profit",
    r"\b(forecast\w*|predict\w*|next (month|quarter|year)|will)\b": "the future, and I have no model to predict it",
    r"\b(stock|inventory|warehouses?)\b": "stock levels",
    r"\b(employees?|staff|salar(y|ies)|suppliers?)\b": "people or suppliers",
    r"\b(weather|news)\b": "anything outside the shop",
}
INSTEAD = f"You could ask me, for example:\n\n{EXAMPLES}"
ONLY_THIS = "I can only see this message: no earlier ones were sent to me with it."
LONELY = f"{ONLY_THIS} So I do not know what to go on from. Ask the whole question, for example:\n\n{EXAMPLES}"
NOT_UNDERSTOOD = (
    """I could not find anything in your message that I know how to look up. I can combine a number \
(revenue, orders, units, average order, return rate, customers) with a breakdown (month, quarter, year, weekday, \
region, country, segment, category, product, customer), a period and names from the data. """
    + INSTEAD
)


def has(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def typed_sql(text: str) -> str | None:
    """The SQL statement that `text` is, without the code fence around it."""
    return re.sub(FENCE, "", text).strip() if re.match(rf"\s*({SQL_START})", text, re.IGNORECASE) else None


def is_about_memory(text: str) -> bool:
    return has(ASKED_FIRST, text) or has(ASKED_ALL, text) or has(ASKED_BEFORE, text)


def recall(asked: Sequence[str]) -> str:
    """Answer a question about the conversation. The last of the user's messages is the question itself."""
    earlier = [" ".join(text.split()) for text in asked[:-1]]
    if not earlier:
        return ONLY_THIS
    if has(ASKED_ALL, asked[-1]):
        lines = [f"{number}. {text}" for number, text in enumerate(earlier, start=1)]
        return "So far you asked:\n\n" + "\n".join(lines)
    if has(ASKED_FIRST, asked[-1]):
        return f'The first thing you asked was: "{earlier[0]}"'
    return f'Before this you asked: "{earlier[-1]}"'
