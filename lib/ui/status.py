"""Where chats are kept at this moment: a line in the sidebar, a notice over the input, and a page for more."""

from datetime import datetime

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lib.ui.text import plain
from lib.ui.visitor import Visitor, timezone, watch

SAVED, LOST, AWAY = ":material/cloud_done:", ":material/cloud_off:", ":material/cloud_sync:"
MODES = {
    "saved": (SAVED, "Saved in Lakebase"),
    "ephemeral": (LOST, ":orange[Ephemeral — no history]"),
    "reconnecting": (AWAY, ":orange[Reconnecting to Lakebase]"),
}
WAKING = (AWAY, ":orange[Waking the database…]")
MEANWHILE = "You can go on: new messages are saved as soon as it is back. Older chats may be missing until then."


def status_page() -> StreamlitPage:
    return st.Page("status.py", title="Status", url_path="status", visibility="hidden")


def away_page(path: str) -> StreamlitPage:
    return st.Page("away.py", title="Lakechat", url_path=path, visibility="hidden")


def draw_mode(visitor: Visitor) -> None:
    """Leads to more about it."""
    icon, label = _mode(visitor)
    st.page_link(status_page(), label=label, icon=icon)


def draw_notice(visitor: Visitor) -> None:
    """Over the input, while something is not saved; the page looks by itself whether that has changed."""
    presence, slot = visitor.runtime.presence, st.bottom.empty()
    if presence.is_lost:
        what = "Waking the database…" if presence.is_waking else "Lakebase cannot be reached."
        slot.caption(f":material/cloud_sync: {what} {MEANWHILE}")
        watch(presence)


def draw_status(visitor: Visitor) -> None:
    presence = visitor.runtime.presence
    st.title("Status", anchor=False)
    st.markdown(f"{' '.join(_mode(visitor))} · since {_at(presence.since)}")
    if presence.trouble:
        st.warning(plain(presence.trouble.sentence), icon=":material/cloud_sync:")
        if presence.trouble.remedy:
            st.caption("An admin of the database can run this; the app goes on by itself after that.")
            st.code("\n".join(presence.trouble.remedy), language="sql", wrap_lines=True)
    elif presence.reason:
        st.caption(plain(presence.reason))
    if waiting := len(visitor.runtime.outbox):
        st.caption(f"{waiting} messages and titles wait to be saved.")
    if visitor.is_admin:
        st.subheader("For admins", anchor=False)
        st.table(_details(visitor))
    watch(presence)


def _mode(visitor: Visitor) -> tuple[str, str]:
    """Its icon and its name."""
    presence = visitor.runtime.presence
    return WAKING if presence.is_waking else MODES[presence.mode]


def _details(visitor: Visitor) -> dict[str, str]:
    """Nothing here is a secret."""
    process = visitor.runtime
    found = {"Running turns": str(process.turns.running), "Migration": str(process.migration_version() or "none seen")}
    if database := process.database:
        minted_at = database.credentials.minted_at if database.credentials else None
        found |= {
            "Endpoint": database.place,
            "Connections": database.pool_state,
            "Credential": f"minted at {_at(minted_at)}" if minted_at else "none minted",
        }
    trouble, at = process.presence.last_trouble, process.presence.last_trouble_at
    found["Last connection error"] = f"{trouble.code}: {trouble.sentence} At {_at(at)}" if trouble and at else "none"
    return {name: plain(value) for name, value in found.items()}


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(timezone()):%Y-%m-%d %H:%M:%S %Z}"
