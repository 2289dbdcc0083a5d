"""What a chat's owner can do with a message: edit a question, and have an answer given again or begin a new chat at it.

Nothing is lost by any of it: the earlier versions stay, and `lib.ui.chat.versions` leads to them.
"""

from uuid import UUID, uuid4

import streamlit as st

from lib.chat.another_answer import question_again
from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question
from lib.messages.continuation import CONTINUE
from lib.store.answer_ids import new_answer_id
from lib.store.models import Chat, Message
from lib.ui.agents import agent_name
from lib.ui.chat.answer_details import details_dialog
from lib.ui.chat.composer import ask, send
from lib.ui.chat.excerpt import is_own
from lib.ui.chat.run_again import can_run_again
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_label
from lib.ui.navigation import go_to_chat
from lib.ui.page_context import PageContext
from lib.ui.scroll import show_box
from lib.ui.toasts import show_errors

REGENERATE, REGENERATE_WITH, FORK = N_("Regenerate"), "Regenerate with ", N_("New chat from here")
DETAILS = N_("Details")


def is_edited(message: Message) -> bool:
    return bool(st.session_state.get(_editing(message.chat_id)) == message.id)


def draw_edit_button(question: Message) -> None:
    key = f"edit-{question.id}"
    st.button(_("Edit"), key=key, icon=":material/edit:", type="tertiary", on_click=_begin_edit, args=(question,))


def draw_edit_box(context: PageContext, question: Message) -> None:
    """Draw the box in the place of the question. Enter sends, and Escape leaves."""
    key = _box(question)
    # Two elements, as the text and its button are: the browser would show a third one until the answer has ended.
    with st.container(key=f"edited-{question.id}"):
        st.chat_input(_("Edit your question"), key=key, on_submit=_send_edited, args=(context, question, key))
        with st.container():
            if files := question.attachments:
                names = [escape_label(file["name"]) for file in files]
                st.pills(
                    _("Files to send along"),
                    range(len(files)),
                    selection_mode="multi",
                    key=_chosen_files(question),
                    format_func=names.__getitem__,
                )
            st.button(_("Cancel"), type="tertiary", shortcut="Esc", on_click=_end_edit, args=(question,))
            show_box(f"edited-{question.id}", str(question.id))


def draw_answer_menu(context: PageContext, chat: Chat, answer: Message) -> bool:
    """Draw it in the row below the answer, in the container that is open. Returns whether a dialog is open.

    Readers of another user's chat have the details alone.
    """
    if is_own(chat):
        wants_details = _draw_owners_menu(context, chat, answer) == DETAILS
    else:
        wants_details = st.button(_(DETAILS), key=f"answer-menu-{answer.id}", icon=":material/info:", type="tertiary")
    if wants_details:
        details_dialog(chat, answer)
    return wants_details


def _draw_owners_menu(context: PageContext, chat: Chat, answer: Message) -> str | None:
    """Below a result stands "Run again", which does what Regenerate does."""
    key = f"answer-menu-{answer.id}"
    again = [] if can_run_again(answer) else [REGENERATE]
    others = [f"{REGENERATE_WITH}{name}" for name in context.runtime.agents.names if chat.agent and name != chat.agent]
    return st.menu_button(
        _("What to do with this answer"),
        [*again, *others, *([] if context.is_temporary else [FORK]), DETAILS],
        format_func=_name,
        key=key,
        icon=":material/more_horiz:",
        type="tertiary",
        on_click=_do,
        args=(context, answer, key),
    )


def _name(option: str) -> str:
    agent = option.removeprefix(REGENERATE_WITH)
    return _(option) if agent == option else _("Regenerate with {agent}").format(agent=escape_label(agent_name(agent)))


def draw_retry_buttons(context: PageContext, answer: Message) -> None:
    """Draw the buttons below an answer that is not complete."""
    st.button(_("Try again"), icon=":material/refresh:", on_click=_regenerate, args=(context, answer))
    if answer.content:
        args = (context, answer.chat_id, CONTINUE, answer.id)
        st.button(_("Continue"), icon=":material/resume:", on_click=ask, args=args)


def _do(context: PageContext, answer: Message, key: str) -> None:
    chosen = str(st.session_state[key])
    if chosen == FORK:
        _fork(context, answer)
    elif chosen != DETAILS:
        agent = chosen.removeprefix(REGENERATE_WITH)
        _regenerate(context, answer, None if chosen == REGENERATE else agent)


def _regenerate(context: PageContext, answer: Message, agent: str | None = None) -> None:
    with show_errors():
        send(context, question_again(context.store, answer.chat_id, answer.id, new_answer_id(), agent))


def _fork(context: PageContext, answer: Message) -> None:
    new_id = uuid4()
    with show_errors():
        if context.store.copy_chat(answer.chat_id, new_id, answer.id):
            go_to_chat(new_id)


def _begin_edit(question: Message) -> None:
    st.session_state[_editing(question.chat_id)] = question.id
    st.session_state[_box(question)] = question.content
    st.session_state[_chosen_files(question)] = list(range(len(question.attachments)))


def _end_edit(question: Message) -> None:
    st.session_state.pop(_editing(question.chat_id), None)


def _send_edited(context: PageContext, question: Message, key: str) -> None:
    """What was not changed is asked again all the same. A refused text is put back into the box."""
    typed, question_id = str(st.session_state[key] or ""), uuid4()
    chosen = st.session_state.get(_chosen_files(question), range(len(question.attachments)))
    edited = Question(
        question.chat_id,
        question_id,
        first_answer_id(question_id),
        typed,
        attachments=[file for number, file in enumerate(question.attachments) if number in chosen],
        follows=question.parent_id,
        is_beginning=question.parent_id is None,
    )
    if send(context, edited):
        _end_edit(question)
    else:
        st.session_state[key] = typed


def _editing(chat_id: UUID) -> str:
    """Where the session keeps which question of a chat is being edited."""
    return f"editing-{chat_id}"


def _chosen_files(question: Message) -> str:
    return f"chosen-files-{question.id}"


def _box(question: Message) -> str:
    return f"edit-box-{question.id}"
