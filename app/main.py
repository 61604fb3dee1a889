"""The app's door: page settings, who may come in, who works here, and which page is shown."""

from __future__ import annotations

import streamlit as st

from app import access
from app.components import html, navigator, problem, session
from app.project import Desk
from opsloop.errors import OpsloopError

MARK = str(html.STATIC / "mark.svg")

st.set_page_config(page_title="opsloop", page_icon=MARK, layout="wide")
html.style()

reason = access.refusal(access.current_visit())
if reason is not None:
    problem.refuse(reason)
    st.stop()

navigator.show("navigator")
st.logo(str(html.STATIC / "logo.svg"), icon_image=MARK)
page = st.navigation(
    [
        st.Page("app_pages/queue.py", title="Queue", icon=":material/inbox:", default=True),
        st.Page("app_pages/mutes.py", title="Held back", icon=":material/notifications_paused:"),
        st.Page("app_pages/people.py", title="People", icon=":material/group:"),
        st.Page("app_pages/retro.py", title="Retro", icon=":material/insights:"),
        st.Page("app_pages/report.py", title="Report", icon=":material/add_circle:"),
        st.Page("app_pages/incident.py", title="Incident", visibility="hidden"),
        st.Page("app_pages/entity.py", title="Entity", visibility="hidden"),
        st.Page("app_pages/incidents.py", title="Incidents", visibility="hidden"),
    ],
    position="top",
)
try:
    if session.show("sign_in", Desk.open().config):
        page.run()
except OpsloopError as error:
    problem.explain(error)
