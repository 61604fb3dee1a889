"""Reporting by hand: somebody noticed what no monitor found."""

from __future__ import annotations

import streamlit as st

from app.components import html, navigator, notices, page_head, report_form, rights, session
from app.project import Desk
from opsloop.roles import Deed

desk = Desk.open()
page_head.show("report_head", desk, "Report an incident", has_way_back=True)
if number := report_form.reported():
    navigator.lead("report_done", f"incident?incident={number}")
    st.stop()
notices.show()

middle, _ = st.columns([2, 1], gap="large")
with middle:
    html.show("note", text="For what no monitor found. Rules place it like any other incident.")
    if why := rights.in_words(desk.service.lack_of(session.actor(), Deed.REPORT)):
        html.show("note", text=why)
    else:
        report_form.show("report", desk)
