"""The words for when a message was said, and whether it is saved."""

from datetime import datetime

from lib.store.models import Message
from lib.ui.dates import day_and_time
from lib.ui.language import _
from lib.ui.page_context import PageContext, timezone


def saved_mark(context: PageContext, message: Message) -> str:
    time = time_of(message)
    if message.refused and not message.saved:
        return f":material/cloud_off: {_('Could not be saved: the database refused it')} · {time}"
    if not message.saved:
        return f":material/cloud_sync: {_('Not saved yet')} · {time}"
    if context.runtime.is_ephemeral:
        return f":material/cloud_off: {time}"
    return f":material/cloud_done: {_('Saved {time}').format(time=time)}"


def time_of(message: Message) -> str:
    local = message.created_at.astimezone(timezone())
    return day_and_time(local, datetime.now(local.tzinfo))
