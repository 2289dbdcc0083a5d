"""The words for when a message was said, and whether it is saved."""

from datetime import datetime

from lib.store.models import Message
from lib.ui.dates import day_and_time
from lib.ui.page_context import PageContext, timezone

NOT_SAVED = ":material/cloud_sync: Not saved yet"
REFUSED = ":material/cloud_off: Could not be saved: the database refused it"


def saved_mark(context: PageContext, message: Message) -> str:
    time = time_of(message)
    if not message.saved:
        return f"{REFUSED if message.refused else NOT_SAVED} · {time}"
    return f":material/cloud_off: {time}" if context.runtime.is_ephemeral else f":material/cloud_done: Saved {time}"


def time_of(message: Message) -> str:
    local = message.created_at.astimezone(timezone())
    return day_and_time(local, datetime.now(local.tzinfo))
