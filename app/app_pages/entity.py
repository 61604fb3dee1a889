"""One entity: what ever happened to it, whichever monitor found it and whoever worked on it."""

from __future__ import annotations

import streamlit as st

from app import remedies
from app.components import entity_head, html, notices, page_head, problem, story
from app.project import Desk
from opsloop.errors import NotFound
from opsloop.service import utc_now
from opsloop.service.entities import summary_of

desk = Desk.open()
entity = st.query_params.get("entity", "")
monitor = st.query_params.get("monitor")
page_head.show("entity_head", desk, entity[:200] or "Entity", has_way_back=True)
try:
    summary = summary_of(desk.store, entity)
    part = summary if monitor is None else summary_of(desk.store, entity, monitor)
except NotFound as error:
    what = error.message if entity else "The address names none."
    problem.show("Nothing is known of this entity", what, remedies.remedy(error))
    st.stop()

now = utc_now()
notices.show()
entity_head.show(part, now)
entity_head.choose_monitor("entity_monitor", summary, monitor)
told, side = st.columns([2.15, 1], gap="large")
with told:
    html.show("section", title="What happened, newest first")
    story.show("entity_story", desk.store, entity, monitor, now)
with side:
    html.show("section", title="Incidents")
    entity_head.list_incidents(part, now)
