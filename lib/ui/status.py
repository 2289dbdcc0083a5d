"""Shows whether chats are saved right now: in the sidebar, above the composer, and on the status page."""

from datetime import datetime

import streamlit as st

from lib.runtime import Runtime
from lib.ui.auto_refresh import refresh_on_connection_change
from lib.ui.delete_everything import draw_delete_everything
from lib.ui.export import draw_export_all
from lib.ui.feedback_status import draw_feedback_status
from lib.ui.import_chats import draw_import
from lib.ui.language import N_, _, number_text, sentence
from lib.ui.markdown.escape import escape_label
from lib.ui.navigation import setup_page, status_page
from lib.ui.page_context import PageContext, timezone
from lib.ui.sign_in import scopes_for_admins

SAVED, LOST, PENDING = ":material/cloud_done:", ":material/cloud_off:", ":material/cloud_sync:"
MODES = {
    "saved": (SAVED, N_("Saved in Lakebase")),
    "ephemeral": (LOST, N_(":orange[Ephemeral — no history]")),
    "reconnecting": (PENDING, N_(":orange[Reconnecting to Lakebase]")),
}
WAKING = (PENDING, N_(":orange[Waking the database…]"))
BUSY = N_("Lakebase does not accept everything right now. You can continue: new messages are saved as soon as it does.")
MEANWHILE = N_("You can continue: new messages are saved as soon as it is back. Older chats may be missing until then.")


def draw_mode(context: PageContext) -> None:
    """Draw the mode as a link to the status page. The style sheet leaves only the sign of it while chats are saved."""
    icon, label = mode = _mode(context)
    with st.container(key="mode-saved" if mode == MODES["saved"] else "mode", width="content"):
        st.page_link(status_page(), label=_(label), icon=icon)


def draw_notice(context: PageContext) -> None:
    """Draw a line above the composer while something is not saved. The page runs again when that changes."""
    process, slot = context.runtime, st.bottom.empty()
    if process.connection_state.is_lost:
        state = _("Waking the database…") if process.connection_state.is_waking else _outage(process)
        slot.caption(f":material/cloud_sync: {state} {_(MEANWHILE)}")
    elif len(process.outbox):
        slot.caption(f":material/cloud_sync: {_(BUSY)}")
    refresh_on_connection_change(process)


def _outage(process: Runtime) -> str:
    diagnosis = process.connection_state.diagnosis
    is_refused = diagnosis and diagnosis.is_not_ready
    return _("Lakebase cannot be used.") if is_refused else _("Lakebase cannot be reached.")


def draw_status(context: PageContext) -> None:
    process, state = context.runtime, context.runtime.connection_state
    icon, label = _mode(context)
    st.title(_("Status"), anchor=False)
    st.markdown(f"{icon} {_('{mode} · since {moment}').format(mode=_(label), moment=_at(state.since))}")
    # Read once: the outage may end while the page is drawn.
    diagnosis, reason = state.diagnosis, state.reason
    if diagnosis:
        st.warning(escape_label(sentence(diagnosis.sentence)), icon=":material/cloud_sync:")
        if diagnosis.remedy:
            st.caption(_("An admin of the database can run this. The app then recovers by itself."))
            st.code("\n".join(diagnosis.remedy), language="sql", wrap_lines=True)
    elif reason:
        st.caption(escape_label(sentence(reason)))
    if waiting := len(process.outbox):
        said = _("{count} messages and titles wait to be saved.").format(count=number_text(waiting))
        st.caption(f"{said}{_why_busy(process)}")
    if refused := len(process.outbox.dead_letters):
        said = _("Messages that could not be saved: {count}. The database refused them.")
        st.warning(said.format(count=number_text(refused)), icon=LOST)
    st.header(_("Your chats"), anchor=False)
    draw_export_all(context)
    draw_import(context)
    draw_delete_everything(context)
    if context.is_admin:
        st.header(_("For admins"), anchor=False)
        st.page_link(setup_page(), label=_("Check the setup"), icon=":material/checklist:")
        st.table(_details(context))
        draw_feedback_status(context)
    refresh_on_connection_change(process)


def _why_busy(process: Runtime) -> str:
    """Why writes are pending although the database answers; empty if it does not."""
    state = process.connection_state
    diagnosis = state.last_diagnosis
    return "" if state.is_lost or diagnosis is None else f" {escape_label(sentence(diagnosis.sentence))}"


def _mode(context: PageContext) -> tuple[str, str]:
    """The icon and the name of the current mode."""
    state = context.runtime.connection_state
    return WAKING if state.is_waking else MODES[state.mode]


def _details(context: PageContext) -> dict[str, str]:
    """The details for admins. None of them is secret."""
    process = context.runtime
    details = {
        _("Running turns"): str(process.turns.running),
        _("Migration"): str(process.migration_version() or _("unknown")),
        **scopes_for_admins(context),
    }
    if database := process.database:
        credential = database.credentials.current if database.credentials else None
        details |= {
            _("Endpoint"): database.location,
            _("Connections"): database.pool_state,
            _("Credential"): _("minted at {moment} for {lakebase}").format(
                moment=_at(credential.minted_at), lakebase=credential.minted_for
            )
            if credential
            else _("none minted"),
        }
    if len(letters := process.outbox.dead_letters):
        where = letters.path or _("memory only")
        details[_("Could not be saved")] = _("{count}, in {place}").format(count=len(letters), place=where)
    diagnosis, at = process.connection_state.last_diagnosis, process.connection_state.last_diagnosis_at
    details[_("Last connection error")] = (
        _("{code}: {error} At {moment}").format(code=diagnosis.code, error=sentence(diagnosis.sentence), moment=_at(at))
        if diagnosis and at
        else _("none")
    )
    return {name: escape_label(value) for name, value in details.items()}


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(timezone()):%Y-%m-%d %H:%M:%S %Z}"
