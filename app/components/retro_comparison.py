"""Teams, monitors and other parts of the work beside each other."""

from __future__ import annotations

import streamlit as st

from app.components import figures, html
from app.retro_address import Address
from opsloop.reporting import further, tables, words
from opsloop.reporting.figure import View
from opsloop.reporting.leads import Lead
from opsloop.service.figures import cohorts
from opsloop.service.figures.parts import SOURCE, TOTAL, Part, dimensions
from opsloop.warehouse.serving import ServingCopy


def show(key: str, copy: ServingCopy, address: Address, view: View) -> None:
    """Show the figures of each value of each dimension, of the period's incidents."""
    shown = [one for one in dimensions(copy) if one not in (TOTAL, SOURCE)]
    tabs = st.tabs([words.dimension_name(one).capitalize() for one in shown], key=f"{key}_tabs")
    for tab, dimension in zip(tabs, shown, strict=True):
        with tab:
            rows = cohorts.headlines(copy, view.period, dimension)
            if rows:
                leads = [Lead(part=Part(dimension, row["dimension_value"])) for row in rows]
                cells = tables.comparison(rows, dimension)
                figures.listed(f"{key}_{dimension}", cells, leads, address)
            else:
                html.show("note", text="No incident was opened in this period.")
    for build in (further.times_by, further.asked_by):
        figures.show_pair([build(copy, "team"), build(copy, "monitor")], address)
