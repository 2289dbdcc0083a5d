"""The sign-in with which the page asks: whose token, and whose rights."""

import streamlit as st

from lib.identity import AskedAs, Asker, identify_asker
from lib.store.models import Message
from lib.ui.page_context import PageContext


def current_asker(context: PageContext) -> Asker:
    """The user with their newest token. The page's own is as old as its connection."""
    return context.runtime.agents.access_tokens.newest(identify_asker(context.user, st.context.headers))


def asks_as(context: PageContext) -> AskedAs | None:
    """With whose rights a question is asked now."""
    return context.runtime.agents.asked_as(current_asker(context).access_token)


def is_asked_as_app_instead(context: PageContext, answer: Message) -> bool:
    """Whether an answer was asked with the app's rights although the user's are used now."""
    return answer.asked_as == "app" and asks_as(context) == "user"
