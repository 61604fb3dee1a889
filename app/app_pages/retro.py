"""The retro: what the desk spends its time on, how long it takes, and what triggers the work."""

from __future__ import annotations

import streamlit as st

from app.components import (
    html,
    page_head,
    process_map,
    published,
    retro_sections,
    retro_slice,
    service_levels,
    work_sections,
)
from app.project import Desk
from opsloop.service import utc_now

desk = Desk.open()
copy = desk.serving()
if copy is None:
    page_head.show("retro_head", desk, "Retro")
    html.show("empty_retro")
    st.stop()

page_head.show("retro_head", desk, "Retro", published.summary(copy, desk.store, utc_now()))
published.warn(copy, desk.store, utc_now())
part = retro_slice.show("slice", copy)

retro_sections.headline(copy, part)
left, right = st.columns(2, gap="large")
with left:
    retro_sections.flow(copy, part)
with right:
    retro_sections.turnaround(copy, part)
left, right = st.columns(2, gap="large")
with left:
    service_levels.open_work(copy, part)
with right:
    service_levels.targets(copy, part)
work_sections.show(copy, part)
retro_sections.escalations(copy, part)
process_map.show("process", copy, part)

html.show("part", title="Teams and monitors beside each other", about="All of the work.")
retro_sections.compare(copy)
for section in (retro_sections.turnaround_by, retro_sections.escalations_by):
    teams, monitors = st.columns(2, gap="large")
    with teams:
        section(copy, "team")
    with monitors:
        section(copy, "monitor")
retro_sections.precision(copy)
