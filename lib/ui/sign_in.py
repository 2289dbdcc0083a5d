"""The sign-in with which the page asks: whose token, whose rights, and which scopes it lacks."""

import streamlit as st

from lib.identity import AskedAs, Asker, identify_asker
from lib.store.models import Message
from lib.ui.agents import agent_name
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_text
from lib.ui.page_context import PageContext

MISSING = N_(
    "Your sign-in may not be enough for this agent, which also needs: {scopes}. An admin can add that to the user "
    "authorization of the app (user_api_scopes)."
)


def current_asker(context: PageContext) -> Asker:
    """The user with their newest token. The page's own is as old as its connection."""
    return context.runtime.agents.access_tokens.newest(identify_asker(context.user, st.context.headers))


def asks_as(context: PageContext) -> AskedAs | None:
    """With whose rights a question is asked now."""
    return context.runtime.agents.asked_as(current_asker(context).access_token)


def is_asked_as_app_instead(context: PageContext, answer: Message) -> bool:
    """Whether an answer was asked with the app's rights although the user's are used now."""
    return answer.asked_as == "app" and asks_as(context) == "user"


def draw_missing_scopes(context: PageContext, agent: str | None) -> None:
    """Draw a line above the composer if the agent, None for the default one, needs more than the sign-in allows."""
    slot = st.bottom.empty()
    if missing := _missing_scopes(context, agent):
        text = _(MISSING).format(scopes=", ".join(missing))
        slot.caption(f":material/key_off: {escape_text(text)}")


def scopes_for_admins(context: PageContext) -> dict[str, str]:
    """For each agent that needs any: which ones, and which of them the admin's own sign-in lacks."""
    agents = context.runtime.agents
    needing = {name: scopes for name in agents.names if (scopes := agents.get(name).user_scopes)}
    return {
        _("Scopes of {agent}").format(agent=agent_name(name)): _told(context, name, needing[name]) for name in needing
    }


def _told(context: PageContext, agent: str, needed: tuple[str, ...]) -> str:
    told, missing = (", ".join(scopes) for scopes in (needed, _missing_scopes(context, agent)))
    return _("{scopes} · missing in your sign-in: {missing}").format(scopes=told, missing=missing) if missing else told


def _missing_scopes(context: PageContext, agent: str | None) -> tuple[str, ...]:
    return context.runtime.agents.missing_scopes(agent, current_asker(context).access_token)
