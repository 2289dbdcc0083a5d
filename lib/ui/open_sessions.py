"""How many browser tabs are connected to this process."""

from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY


def open_sessions() -> int:
    """By Streamlit's own count; 0 before its runtime has started."""
    if not runtime.exists():
        return 0
    families = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    return sum(int(getattr(stat, "value", 0)) for stat in families.get(ACTIVE_SESSIONS_FAMILY, ()))
