"""The demo agent sends mail only with its user's approval, and then only says so."""

import json
import re
from collections.abc import Iterator
from uuid import uuid4

from local.demo import intents
from local.demo.events import ApprovalRequest, Decision, Event, ToolResult
from local.demo.speech import say


def send_report(text: str, decision: Decision | None) -> Iterator[Event]:
    """Ask for approval, or go on with what was decided."""
    found = re.search(intents.ADDRESS, text)
    address = found[0] if found else "ann@example.com"
    if decision is None:
        arguments = json.dumps({"to": address, "subject": "Sales report", "pages": 3})
        yield from say(intents.MAY_I.format(address=address))
        yield ApprovalRequest(f"mcpr_{uuid4().hex[:24]}", "send_mail", arguments, "mail")
    elif decision.is_approved:
        yield ToolResult(decision.call_id, "send_mail", json.dumps({"status": "accepted"}))
        yield from say(intents.SENT.format(address=address))
    else:
        yield from say(intents.NOT_SENT)
