"""The figures of the Insights page in words and tables."""

import streamlit as st

from lib.labels import clean_label
from lib.store.insights_models import Counts, Times, Usage
from lib.ui.agents import agent_name
from lib.ui.language import _, number_text
from lib.ui.markdown.escape import escape_label

MOST_TOOLS = 20
NONE = "\N{EN DASH}"


def draw_total(usage: Usage) -> None:
    """What matters most, each as one number."""
    total = usage.total
    with st.container(horizontal=True, key="insights-total"):
        st.metric(_("Questions"), number_text(total.questions))
        st.metric(_("Helpful"), _share(total.helpful_share))
        st.metric(_("First word"), _seconds(total.first_word))
        st.metric(_("Duration"), _seconds(total.duration))
        st.metric(_("Failures"), number_text(total.failed + total.interrupted))


def draw_agents(usage: Usage) -> None:
    st.header(_("Agents"), anchor=False)
    st.table([_agent(agent, counts) for agent, counts in usage.agents.items()])
    st.caption(_("First word and duration: half of the answers within. Without a trace, a rating is kept here only."))


def draw_tools(usage: Usage) -> None:
    if not usage.tools:
        return
    st.header(_("Tools"), anchor=False)
    shown = list(usage.tools.items())[:MOST_TOOLS]
    st.table(
        [
            {
                _("Tool"): _name(name),
                _("Uses"): number_text(use.uses),
                _("Failures"): number_text(use.failures),
                _("Failed"): _share(use.failures / use.uses),
            }
            for name, use in shown
        ]
    )
    if left_out := len(usage.tools) - len(shown):
        st.caption(_("Tools that were used less are left out: {count}.").format(count=number_text(left_out)))


def _agent(agent: str, counts: Counts) -> dict[str, str]:
    return {
        _("Agent"): _name(agent_name(agent)),
        _("Questions"): number_text(counts.questions),
        _("Helpful"): _share(counts.helpful_share),
        _("First word"): _seconds(counts.first_word),
        _("Duration"): _seconds(counts.duration),
        _("Failures"): number_text(counts.failed + counts.interrupted),
        _("Without a trace"): number_text(counts.untraced),
    }


def _name(name: str) -> str:
    return escape_label(clean_label(name) or _("unknown"))


def _share(share: float | None) -> str:
    return NONE if share is None else number_text(share, _("0%"))


def _seconds(times: Times | None) -> str:
    return NONE if times is None else _("{number} s").format(number=number_text(times.p50_ms / 1000, "#,##0.0"))
