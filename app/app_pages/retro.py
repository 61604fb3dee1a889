"""The retro: what the desk spends its time on, how long it takes, and what triggers the work."""

from __future__ import annotations

import streamlit as st

from app.components import (
    figures,
    html,
    notices,
    page_head,
    process_map,
    published,
    retro_actions,
    retro_comparison,
    retro_first,
    retro_proposal,
    retro_slice,
)
from app.project import Desk
from opsloop.reporting import first_screen, further, wellness, worth_doing
from opsloop.reporting.figure import looking_at
from opsloop.service import utc_now
from opsloop.service.figures import flow

desk = Desk.open()
copy = desk.serving()
if copy is None or copy.published.data_through is None:
    page_head.show("retro_head", desk, "Retro")
    html.show("empty_retro")
    st.stop()

page_head.show("retro_head", desk, "Retro", published.summary(copy, desk.store, utc_now()))
published.warn(copy, desk.store, utc_now())
notices.show()
through = copy.published.data_through
address = retro_slice.from_url(copy, through)
retro_slice.show("slice", copy, address, through)
known_from = flow.first_day(copy, address.part)
view = looking_at(address.part, address.period(through), known_from, through, address.beside)
html.show("looked_at", **retro_slice.looked_at(view, known_from, through, address.beside))

retro_actions.show(desk.service, address.part)
retro_first.show(copy, address, view)
left, right = st.columns(2, gap="large")
with left:
    figures.show(worth_doing.impact(copy, view), address)
with right:
    retro_proposal.show("proposal", copy, desk.service, address.part)

html.show("part", title="What is coming, and what varies as usual", about="By complete weeks.")
figures.show_pair(further.forecasts(copy, view), address)
figures.show_pair(further.stabilities(copy, view), address)

html.show("part", title="How the work goes", about="")
process_map.show("process", copy, address, view)
figures.show_pair([further.load(copy, view), first_screen.answers(copy, view)], address)

html.show("part", title="How well it goes, and what brings it", about="")
figures.show_pair([wellness.endings(copy, view), wellness.detection(copy, view)], address)
figures.show(further.precision(copy, view), address)
figures.show_pair([wellness.sources(copy, view), wellness.routes(copy, view)], address)

html.show(
    "part",
    title="Beside each other",
    about="Of what was opened in the period. A balance to see, by name, and no ranking.",
)
figures.show(wellness.teams(copy, view), address)
retro_comparison.show("compare", copy, address, view)
