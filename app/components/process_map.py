"""The process map of the retro page: a graph, and tables that say the same and more."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components import figures, html
from app.retro_address import Address
from opsloop.reporting import process_drawing, process_tables
from opsloop.reporting.figure import Cells, View
from opsloop.reporting.leads import Lead
from opsloop.reporting.process_drawing import DARK, LIGHT
from opsloop.service.figures import process
from opsloop.service.figures.process import Process
from opsloop.warehouse.serving import ServingCopy

TITLE = "From opened to done"
ABOUT = (
    "What directly follows what: how often, and the median time between. A line is as wide as it "
    "is frequent."
)


def show(key: str, copy: ServingCopy, address: Address, view: View) -> None:
    """Show how incidents go from one activity to the next.

    Args:
        address: what is looked at, which the lists behind the tables' rows look at too.
    """
    figures.head(TITLE, ABOUT)
    found = process.of_period(copy, view.part, view.period)
    if not found.edges:
        html.show("note", text="Nothing to draw here yet.")
        return
    least = _least_count(key, found)
    shown = [edge for edge in found.edges if edge["steps"] >= least]
    slowest = process.slowest(shown, found.incidents)
    drawn, listed, ways, again = st.tabs(["Map", "Table", "Ways", "Done again"], key=f"{key}_tabs")
    with drawn:
        inks = DARK if figures.is_dark() else LIGHT
        drawing = process_drawing.drawn(shown, found.activities, slowest, inks)
        alt = process_drawing.in_words(shown, slowest)
        html.show("process_map", drawing=drawing, alt=alt)
        if slowest is not None:
            html.show("note", text=process_drawing.SLOWEST)
    with listed:
        steps = [process_tables.step(edge, edge is slowest) for edge in shown]
        _table(f"{key}_edges", steps, [process_tables.behind_step(edge) for edge in shown], address)
    with ways:
        leads = process_tables.behind_ways(found)
        _table(f"{key}_variants", process_tables.ways(found), leads, address)
    with again:
        loops = [process_tables.loop(row) for row in found.rework]
        behind = [process_tables.behind_loop(row) for row in found.rework]
        _table(f"{key}_rework", loops, behind, address)


def _least_count(key: str, found: Process) -> int:
    """Return how often a step must have been taken to be shown."""
    most = max(edge["steps"] for edge in found.edges)
    with st.container(width=260):
        chosen = st.number_input(
            "Steps taken at least so often",
            min_value=1,
            max_value=most,
            value=min(process.least_count(found.edges), most),
            key=f"{key}_least",
        )
    return int(chosen)


def _table(key: str, rows: Cells, leads: Sequence[Lead | None], address: Address) -> None:
    if rows:
        figures.listed(key, rows, leads, address)
    else:
        html.show("note", text="None.")
