"""The dialog in which the owner of a chat shares it: live or as a snapshot, with or without an end."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

import streamlit as st

from lib.chat.sharing import last_said, share
from lib.store import edits
from lib.store.models import Chat
from lib.store.sharing import MAX_SHARED_DAYS
from lib.ui.dates import day_of_year
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext, timezone
from lib.ui.toasts import show_errors

LIVE, SNAPSHOT = N_("Live"), N_("Snapshot")
SEEN_LIVE = N_("Readers also see what is said here later.")
SEEN_NOW = N_("Readers see the chat as it is now. What is said later is not in it.")
NEVER, ON_A_DATE = N_("Never"), N_("On a date")
DAYS = {N_("In 1 day"): 1, N_("In 7 days"): 7, N_("In 30 days"): 30}
UNCHANGED = N_("As before")
WHO = N_(
    "Everybody who can open this app and has the link can read it: the title, your name, and the messages that you see "
    "now with their files, not other versions of them. Only you can write, rename or delete."
)


def share_dialog(context: PageContext, chat: Chat) -> None:
    st.dialog(_("Share this chat"), on_dismiss="rerun")(_draw)(context, chat)


def _draw(context: PageContext, chat: Chat) -> None:
    """Nothing is shared before the button is pressed, and "Stop sharing" works at once."""
    with show_errors(st.error):
        now = context.store.get_chat(chat.id) or chat
        _draw_state(context, now)
        kind = _draw_kind(now)
        until = _draw_end(now)
        with st.container(horizontal=True):
            if st.button(_("Update") if _is_shared(now) else _("Share"), type="primary", icon=":material/group:"):
                if kind == SNAPSHOT and now.snapshot_id:
                    _set_end(context, now, until)
                else:
                    _share(context, now, is_snapshot=kind == SNAPSHOT, until=until)
            if _is_shared(now) and st.button(_("Stop sharing"), icon=":material/lock:"):
                _stop(context, now)
        st.caption(_(WHO))


def sharing_words(chat: Chat) -> str:
    """How a shared chat is shared, in a few words."""
    if not chat.shared_until:
        return _("Shared as a snapshot") if chat.snapshot_id else _("Shared")
    words = _("Shared as a snapshot until {moment}") if chat.snapshot_id else _("Shared until {moment}")
    return words.format(moment=moment(chat.shared_until))


def moment(at: datetime) -> str:
    """A time to come or gone by, in the browser's time zone."""
    local = at.astimezone(timezone())
    return f"{day_of_year(local, datetime.now(local.tzinfo))}, {local:%H:%M}"


def _is_shared(chat: Chat) -> bool:
    return chat.visibility == "public"


def _draw_state(context: PageContext, chat: Chat) -> None:
    """Whether others can read it, with the link if they can."""
    if not _is_shared(chat):
        st.markdown(f":material/lock: {_('Only you can open it.')}")
        return
    st.markdown(f":material/group: {sharing_words(chat)}.")
    address = urlsplit(st.context.url or "")
    st.code(f"{address.scheme}://{address.netloc}/{chat.id}", language=None, wrap_lines=True)
    if chat.snapshot_id and chat.snapshot_id != last_said(context.store, chat.id):
        st.caption(
            _("More was said since, or another branch is open. “Update snapshot” shows readers the chat as it is now.")
        )
        if st.button(_("Update snapshot"), icon=":material/sync:"):
            _share(context, chat, is_snapshot=True, until=chat.shared_until)


def _draw_kind(chat: Chat) -> str:
    chosen = st.radio(
        _("What readers see"),
        [LIVE, SNAPSHOT],
        index=int(chat.snapshot_id is not None),
        captions=[_(SEEN_LIVE), _seen_then(chat)],
        format_func=_,
        key=_key(chat, "kind"),
    )
    return str(chosen)


def _seen_then(chat: Chat) -> str:
    if chat.snapshot_id and chat.shared_at:
        then = _("Readers see the chat as it was on {moment}. What was said later is not in it.")
        return then.format(moment=moment(chat.shared_at))
    return _(SEEN_NOW)


def _draw_end(chat: Chat) -> datetime | None:
    choices = [*([UNCHANGED] if chat.shared_until else []), NEVER, *DAYS, ON_A_DATE]
    chosen = st.selectbox(_("Sharing ends"), choices, format_func=_, key=_key(chat, "end"))
    if chosen == UNCHANGED:
        return chat.shared_until
    if chosen in DAYS:
        return datetime.now(UTC) + timedelta(days=DAYS[chosen])
    return None if chosen == NEVER else _draw_date()


def _draw_date() -> datetime:
    """The end of a day."""
    today = datetime.now(timezone()).date()
    last = today + timedelta(days=MAX_SHARED_DAYS - 2)
    day: date = st.date_input(
        _("Last day"), today + timedelta(days=7), min_value=today, max_value=last, format=_("YYYY/MM/DD")
    )
    return datetime.combine(day + timedelta(days=1), time.min, timezone())


def _share(context: PageContext, chat: Chat, *, is_snapshot: bool, until: datetime | None) -> None:
    with show_errors(st.error):
        share(context.store, chat.id, is_snapshot=is_snapshot, until=until)
        st.rerun(scope="fragment")


def _set_end(context: PageContext, chat: Chat, until: datetime | None) -> None:
    """The snapshot stays as it is."""
    with show_errors(st.error):
        edit = edits.set_visibility("public", until=until, snapshot_id=chat.snapshot_id)
        context.store.edit_chat(chat.id, edit)
        st.rerun(scope="fragment")


def _stop(context: PageContext, chat: Chat) -> None:
    with show_errors(st.error):
        context.store.edit_chat(chat.id, edits.set_visibility("private"))
        st.rerun(scope="fragment")


def _key(chat: Chat, what: str) -> str:
    """Another one after each change: then the widget shows what is in force, and not what was chosen before."""
    return f"share-{what}-{chat.id}-{chat.shared_at}"
