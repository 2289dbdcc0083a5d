"""The launcher. `streamlit run app.py` looks for the literal `st.App` below; one process serves pages and API."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

from lib.api.app import create_api
from lib.ui.open_sessions import open_sessions
from lib.ui.page_context import brand_name, runtime
from lib.ui.page_scripts import ASSETS, asset_version
from lib.ui.style import PATH, style, style_address
from lib.web.assets import Assets
from lib.web.first_page import FirstPage
from lib.web.process import lifespan
from lib.web.security import SecurityHeaders
from lib.web.style_sheet import style_sheet

app = st.App(
    "pages/main.py",
    lifespan=lifespan(runtime, open_sessions),
    routes=[
        Mount("/api", app=create_api(runtime)),
        Mount("/assets", app=Assets(ASSETS, asset_version)),
        style_sheet(PATH, style, style_address),
    ],
    middleware=[Middleware(SecurityHeaders), Middleware(FirstPage, name=brand_name, style=style_address)],
)
