"""The incidents behind a figure of the retro: which ones it counts, and a way into each."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import words
from app.components import (
    behind_figures,
    html,
    incident_list,
    page_head,
    problem,
    published,
)
from app.project import Desk
from app.retro_address import behind_of, left_out, once, parse
from opsloop.reporting import words as said
from opsloop.reporting.figure import in_words
from opsloop.service.figures import incidents
from opsloop.service.figures.counted import BEHIND
from opsloop.service.figures.incidents import Behind
from opsloop.service.figures.parts import EVERYTHING, TEAM, dimensions, is_known

desk = Desk.open()
copy = desk.serving()
params, repeated = once({name: st.query_params.get_all(name) for name in st.query_params})
asked = behind_of(params)
if copy is None or copy.published.data_through is None:
    page_head.show("incidents_head", desk, "Incidents behind a figure")
    html.show("empty_retro")
    st.stop()
if asked is None:
    page_head.show("incidents_head", desk, "Incidents behind a figure")
    problem.show(
        "The address leads to no incidents",
        "It names no figure, or not what the figure needs.",
        "Go there from the retro.",
    )
    st.stop()

figure, chosen = asked
of_retro = {
    name: value for name, value in params.items() if name not in ("figure", "page", *chosen)
}
through = copy.published.data_through
address, dropped = parse(of_retro, dimensions(copy), partial(is_known, copy), through)
behind = Behind(figure, address.part, address.period(through), chosen)
count = incidents.how_many(copy, behind)

page_head.show("incidents_head", desk, "Incidents behind a figure", published.through(copy))
if dropped := [*repeated, *dropped]:
    html.show("notice", kind="info", text=left_out(dropped))
whose = "" if address.part == EVERYTHING else said.value_name(address.part.value)
what = [*behind_figures.said_of(copy, chosen), whose]
counted = BEHIND[figure]
is_of_team = address.part.dimension == TEAM
html.show(
    "behind",
    count=words.counted(count, "incident"),
    says=(is_of_team and counted.says_of_team) or counted.says,
    values=[value for value in what if value],
    period="now" if counted.is_of_now else in_words(behind.period, through),
    is_of_moves=counted.is_of_moves,
    back=address.as_params(),
)
incident_list.show("incidents", copy, behind, count)
