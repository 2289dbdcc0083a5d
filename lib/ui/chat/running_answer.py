"""Draws the answer that is being written, where it is on the page, and the button that stops it."""

from uuid import UUID

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.chat.sharing import may_follow
from lib.chat.turn import Turn
from lib.store.models import Chat
from lib.ui.agents import agent_avatar
from lib.ui.answer.live import draw_live
from lib.ui.answer.parts import draw_parts
from lib.ui.auto_refresh import DRAWN_NUMBER
from lib.ui.chat.approvals import draw_waiting
from lib.ui.chat.excerpt import is_at_end
from lib.ui.chat.messages import Drawn
from lib.ui.chat.versions import draw_versions, open_version
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext
from lib.ui.slots import emptied
from lib.ui.toasts import show_errors

ELSEWHERE = N_("An answer is being written in another version of this chat.")
WAITS_ELSEWHERE = N_("The agent waits for your decision in another version of this chat.")


def draw_running_answer(
    context: PageContext, chat: Chat, drawn: Drawn, actions: DeltaGenerator | None, *, live: bool
) -> None:
    """Draw the running answer until it ends, then run the page again to show it as it is stored.

    An answer that does not follow the last message on the page is only mentioned. `actions` is the element
    for the owner's buttons, None for readers of another user's chat. `live` must be False while a dialog is open,
    because a click in it waits for the end of this run; then the answer so far is drawn once, as is one that waits for
    its owner.
    """
    if not chat.running:
        return
    turn = context.runtime.turns.attach(context.store, chat.id, is_owner=actions is not None)
    if turn is None:  # it has just ended
        st.rerun()
    is_on_branch = turn.question_id == drawn.last_id or not is_at_end(chat)
    if actions:
        _draw_actions(context, turn, actions, is_on_branch=is_on_branch)
    if turn.question_id != drawn.last_id or not is_at_end(chat):
        return
    with _place(drawn.left_over, agent_avatar(turn.agent)):
        if turn.is_waiting:  # nothing comes until somebody decides, and then the page is drawn again
            draw_waiting(context, turn, is_owner=actions is not None)
            return
        if not live:
            draw_parts(turn.answer.parts, "running", _("The answer is being written…"), str(turn.id))
            return
        draw_live(
            turn, _Check(context, turn).is_open if actions else lambda: may_follow(context.store, chat.id, turn.id)
        )
    if actions:
        context.store.mark_read(chat.id)
    st.rerun()


def _place(left_over: int, avatar: str) -> DeltaGenerator:
    """The container of the answer. Where other messages were until now, none of them stays beside it."""
    slot = st.empty()
    answer = (emptied(slot, "running-answer") if left_over else slot).chat_message("assistant", avatar=avatar)
    for _position in range(left_over - 1):
        st.empty()
    return answer


class _Check:
    """Whether the branch on which an answer is written is still the open one: another tab may have opened another."""

    def __init__(self, context: PageContext, turn: Turn) -> None:
        self._context = context
        self._turn = turn
        self._number: int = st.session_state[DRAWN_NUMBER]

    def is_open(self) -> bool:
        """Asks the store only after a change of the chat."""
        feed = self._context.runtime.change_feed
        number = feed.number
        if not feed.since(self._number, self._turn.chat_id):
            return True
        self._number = number
        last = self._context.store.list_messages(self._turn.chat_id, 1)
        # The answer itself may have been stored by now.
        return not last or last[-1].id in (self._turn.question_id, self._turn.id)


def _draw_actions(context: PageContext, turn: Turn, actions: DeltaGenerator, *, is_on_branch: bool) -> None:
    row = emptied(actions, "running").container(horizontal=True, vertical_alignment="center", key="running-actions")
    with row:
        if not is_on_branch:
            elsewhere = _(WAITS_ELSEWHERE if turn.is_waiting else ELSEWHERE)
            st.caption(f":material/hourglass_empty: {elsewhere}", width="stretch")
            st.button(_("Show it"), type="tertiary", on_click=open_version, args=(context, turn.chat_id, turn.id))
        args = (context, turn.chat_id)
        st.button(_("Stop"), key="stop", icon=":material/stop_circle:", shortcut="Esc", on_click=_stop, args=args)
        if is_on_branch:
            replies = context.store.list_replies(turn.chat_id, turn.question_id)
            draw_versions(context, turn.chat_id, replies, turn.id, turn.question_id)


def _stop(context: PageContext, chat_id: UUID) -> None:
    with show_errors():
        context.runtime.turns.stop(context.store, chat_id)
