"""The launcher. `streamlit run app.py` looks for the literal `st.App` below; one process serves pages and API."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from lib.api.app import create_api
from lib.ui.page_context import runtime
from lib.web.process import lifespan
from lib.web.security import SecurityHeaders

app = st.App(
    "pages/main.py",
    lifespan=lifespan(runtime),
    routes=[Mount("/api", app=create_api(runtime)), Mount("/assets", app=StaticFiles(directory="assets"))],
    middleware=[Middleware(SecurityHeaders)],
)
