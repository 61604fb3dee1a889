"""One incident: what happened, what is known, what was done, and what to do next."""

from __future__ import annotations

import streamlit as st

from app import queries, remedies
from app.components import (
    actions,
    evidence_table,
    html,
    incident_head,
    incident_table,
    monitor_notes,
    news,
    notices,
    page_head,
    problem,
    session,
    timeline,
)
from app.project import Desk
from opsloop.errors import NotFound
from opsloop.service import utc_now

desk = Desk.open()
wanted = st.query_params.get("incident", "")
page_head.show("incident_head", desk, f"Incident {wanted[:20]}", has_way_back=True)
try:
    read = queries.incident(desk.store, wanted)
except NotFound as error:
    problem.show("No such incident", error.message, remedies.remedy(error))
    st.stop()

detail, number, now = read.detail, read.detail.incident.incident_id, utc_now()
news.show("incident_news", desk.store, read.seq, number)
notices.show()

story, side = st.columns([2.15, 1], gap="large")
with story:
    incident_head.show(detail, desk.zones, now)
    html.show("section", title="Evidence")
    marked = evidence_table.show(f"evidence_{number}", desk.store, number)
    html.show("section", title="Timeline")
    timeline.show(f"timeline_{number}", detail.log, now)
    if detail.related:
        html.show("section", title="Other incidents of the same entities")
        incident_table.show(
            f"related_{number}",
            detail.related,
            me=session.person(),
            now=now,
            zones=desk.zones,
            hidden=("team", "due", "impact", "events", "escalations"),
            is_for_reading=True,
        )
with side:
    actions.show("act", desk, detail, marked)
    monitor_notes.show(f"runbook_{number}", desk, detail.incident.monitor_id)
