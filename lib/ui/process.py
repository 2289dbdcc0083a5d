"""The one runtime of this process, for pages, routes and the launcher alike."""

import streamlit as st

from lib.runtime import Runtime


@st.cache_resource(show_spinner=False)
def runtime() -> Runtime:
    """Built when first asked for. Raises NotConfigured, each time anew, until the settings are right."""
    return Runtime.from_environment()
