"""Shows whether chats are saved right now: in the sidebar, above the composer, and on the status page."""

from datetime import datetime

import streamlit as st

from lib.runtime import Runtime
from lib.ui.auto_refresh import refresh_on_connection_change
from lib.ui.delete_everything import draw_delete_everything
from lib.ui.export import draw_export_all
from lib.ui.import_chats import draw_import
from lib.ui.markdown.escape import escape_label
from lib.ui.navigation import status_page
from lib.ui.page_context import PageContext, timezone

SAVED, LOST, PENDING = ":material/cloud_done:", ":material/cloud_off:", ":material/cloud_sync:"
MODES = {
    "saved": (SAVED, "Saved in Lakebase"),
    "ephemeral": (LOST, ":orange[Ephemeral — no history]"),
    "reconnecting": (PENDING, ":orange[Reconnecting to Lakebase]"),
}
WAKING = (PENDING, ":orange[Waking the database…]")
BUSY = "Lakebase does not accept everything right now. You can continue: new messages are saved as soon as it does."
MEANWHILE = "You can continue: new messages are saved as soon as it is back. Older chats may be missing until then."


def draw_mode(context: PageContext) -> None:
    """Draw the mode as a link to the status page. The style sheet leaves only the sign of it while chats are saved."""
    icon, label = mode = _mode(context)
    with st.container(key="mode-saved" if mode == MODES["saved"] else "mode", width="content"):
        st.page_link(status_page(), label=label, icon=icon)


def draw_notice(context: PageContext) -> None:
    """Draw a line above the composer while something is not saved. The page runs again when that changes."""
    process, slot = context.runtime, st.bottom.empty()
    if process.connection_state.is_lost:
        state = "Waking the database…" if process.connection_state.is_waking else _outage(process)
        slot.caption(f":material/cloud_sync: {state} {MEANWHILE}")
    elif len(process.outbox):
        slot.caption(f":material/cloud_sync: {BUSY}")
    refresh_on_connection_change(process)


def _outage(process: Runtime) -> str:
    diagnosis = process.connection_state.diagnosis
    return "Lakebase cannot be used." if diagnosis and diagnosis.is_not_ready else "Lakebase cannot be reached."


def draw_status(context: PageContext) -> None:
    process, state = context.runtime, context.runtime.connection_state
    st.title("Status", anchor=False)
    st.markdown(f"{' '.join(_mode(context))} · since {_at(state.since)}")
    # Read once: the outage may end while the page is drawn.
    diagnosis, reason = state.diagnosis, state.reason
    if diagnosis:
        st.warning(escape_label(diagnosis.sentence), icon=":material/cloud_sync:")
        if diagnosis.remedy:
            st.caption("An admin of the database can run this. The app then recovers by itself.")
            st.code("\n".join(diagnosis.remedy), language="sql", wrap_lines=True)
    elif reason:
        st.caption(escape_label(reason))
    if waiting := len(process.outbox):
        st.caption(f"{waiting} messages and titles wait to be saved.{_why_busy(process)}")
    if refused := len(process.outbox.dead_letters):
        st.warning(f"Messages that could not be saved: {refused}. The database refused them.", icon=LOST)
    st.header("Your chats", anchor=False)
    draw_export_all(context)
    draw_import(context)
    draw_delete_everything(context)
    if context.is_admin:
        st.header("For admins", anchor=False)
        st.table(_details(context))
    refresh_on_connection_change(process)


def _why_busy(process: Runtime) -> str:
    """Why writes are pending although the database answers; empty if it does not."""
    state = process.connection_state
    diagnosis = state.last_diagnosis
    return "" if state.is_lost or diagnosis is None else f" {escape_label(diagnosis.sentence)}"


def _mode(context: PageContext) -> tuple[str, str]:
    """The icon and the name of the current mode."""
    state = context.runtime.connection_state
    return WAKING if state.is_waking else MODES[state.mode]


def _details(context: PageContext) -> dict[str, str]:
    """The details for admins. None of them is secret."""
    process = context.runtime
    details = {
        "Running turns": str(process.turns.running),
        "Migration": str(process.migration_version() or "unknown"),
    }
    if database := process.database:
        minted_at = database.credentials.minted_at if database.credentials else None
        details |= {
            "Endpoint": database.location,
            "Connections": database.pool_state,
            "Credential": f"minted at {_at(minted_at)}" if minted_at else "none minted",
        }
    if len(process.outbox.dead_letters):
        details["Could not be saved"] = (
            f"{len(process.outbox.dead_letters)}, in {process.outbox.dead_letters.path or 'memory only'}"
        )
    diagnosis, at = process.connection_state.last_diagnosis, process.connection_state.last_diagnosis_at
    details["Last connection error"] = (
        f"{diagnosis.code}: {diagnosis.sentence} At {_at(at)}" if diagnosis and at else "none"
    )
    return {name: escape_label(value) for name, value in details.items()}


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(timezone()):%Y-%m-%d %H:%M:%S %Z}"
