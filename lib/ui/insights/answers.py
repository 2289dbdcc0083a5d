"""The answers with the most votes against them, and why."""

from datetime import datetime

import streamlit as st

from lib.labels import clean_label, truncated
from lib.store.insights import ANSWERS_A_PAGE, Insights
from lib.store.insights_models import Remark, VotedAgainst
from lib.ui.agents import agent_name
from lib.ui.dates import day_and_time
from lib.ui.insights.filters import Choice
from lib.ui.language import _, ngettext
from lib.ui.markdown.escape import escape_text, link
from lib.ui.page_context import timezone

SHOWN = "insights-answers-shown"
MOST_CHARS = 140


def draw_answers(insights: Insights, choice: Choice) -> None:
    shown = st.session_state.get(SHOWN, ANSWERS_A_PAGE)
    found = insights.voted_against(choice.days, choice.agent, shown)
    if not found.answers:
        return
    st.header(_("Answers that were not helpful"), anchor=False)
    if choice.everybody:
        st.caption(_("What was said is shown only of chats that you may read: your own, and those that are shared."))
    now = datetime.now(timezone())
    for answer in found.answers:
        with st.container(border=True, gap=None):
            st.markdown(_title(answer))
            st.caption(_about(answer, now))
            for remark in answer.remarks:
                st.markdown(_remark(remark))
    if found.has_more:
        st.button(_("Show more"), icon=":material/expand_more:", type="tertiary", on_click=_show_more, args=(shown,))


def _show_more(shown: int) -> None:
    st.session_state[SHOWN] = shown + ANSWERS_A_PAGE


def _title(answer: VotedAgainst) -> str:
    if answer.words is None:
        return _("An answer in a chat that is not shared")
    question = truncated(clean_label(answer.words.question), MOST_CHARS) or _("An answer")
    return link(question, f"/{answer.words.chat_id}?message={answer.words.message_id}")


def _about(answer: VotedAgainst, now: datetime) -> str:
    votes = ngettext("{number} rating against it", "{number} ratings against it", answer.downvotes)
    agent = escape_text(agent_name(answer.agent))
    return " · ".join(filter(None, [votes, agent, day_and_time(answer.last_at.astimezone(now.tzinfo), now)]))


def _remark(remark: Remark) -> str:
    tags = " ".join(f":gray-badge[{escape_text(_(tag))}]" for tag in remark.tags)
    comment = _("“{words}”").format(words=escape_text(" ".join(remark.comment.split()))) if remark.comment else ""
    return " ".join(filter(None, [tags, comment]))
