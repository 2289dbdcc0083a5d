"""The line that names the day on which the messages below it were said."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime

import streamlit as st

from lib.store.models import Message
from lib.ui.dates import day_name
from lib.ui.page_context import timezone


@contextmanager
def below_day(message: Message, previous: Message | None) -> Iterator[None]:
    """Draw the line with the first message of a day, as one element, so that it moves no other message.

    `previous` is the message above it on the page. A page that begins today begins without a line.
    """
    zone = timezone()
    day, today = message.created_at.astimezone(zone).date(), datetime.now(zone).date()
    is_new = day != (previous.created_at.astimezone(zone).date() if previous else today)
    with st.container() if is_new else nullcontext():
        if is_new:
            st.container(key=f"day-{message.id}").caption(day_name(day, today))
        yield
