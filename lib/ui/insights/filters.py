"""Which figures the page shows: whose, of how many days, of which agent. The choice outlasts a visit elsewhere."""

from dataclasses import dataclass

import streamlit as st

from lib.ui.agents import agent_name
from lib.ui.language import N_, _, number_text
from lib.ui.page_context import PageContext

MINE, EVERYBODY = N_("Me"), N_("Everybody")
RANGES = (7, 30, 90)
WHOSE, DAYS, AGENT = "insights-whose", "insights-days", "insights-agent"
KNOWN_AGENTS = "insights-agents"


@dataclass(frozen=True)
class Choice:
    everybody: bool
    days: int
    agent: str | None


def draw_filters(context: PageContext) -> Choice:
    with st.container(horizontal=True, vertical_alignment="bottom", key="insights-filters"):
        everybody = context.is_admin and _draw_whose() == EVERYBODY
        days = st.segmented_control(
            _("Time"),
            RANGES,
            format_func=lambda days: _("{number} days").format(number=number_text(days)),
            default=30,
            required=True,
            key=DAYS,
            persist_state="session",
            label_visibility="collapsed",
        )
        return Choice(everybody, int(days or 30), _draw_agents(context))


def _draw_whose() -> str:
    chosen = st.segmented_control(
        _("Whose figures"),
        [MINE, EVERYBODY],
        format_func=_,
        default=MINE,
        required=True,
        key=WHOSE,
        persist_state="session",
        label_visibility="collapsed",
    )
    return str(chosen)


def _draw_agents(context: PageContext) -> str | None:
    """Only where there is a choice."""
    agents = sorted({*context.runtime.agents.names, *st.session_state.get(KNOWN_AGENTS, ())}, key=agent_name)
    if len(agents) < 2:
        return None
    asked: str | None = st.selectbox(
        _("Agent"),
        agents,
        index=None,
        format_func=agent_name,
        placeholder=_("All agents"),
        key=AGENT,
        persist_state="session",
        width=200,
        label_visibility="collapsed",
    )
    return asked


def remember_agents(agents: list[str]) -> None:
    """For the next run: also those that were asked once and are not offered any more."""
    st.session_state[KNOWN_AGENTS] = [agent for agent in agents if agent]
