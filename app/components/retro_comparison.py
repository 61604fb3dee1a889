"""Teams, monitors and other parts of the work beside each other."""

from __future__ import annotations

import streamlit as st

from app.components import figures, html
from app.retro_address import Address
from opsloop.reporting import further, words
from opsloop.reporting.figure import View
from opsloop.service.figures.parts import SOURCE, TOTAL, dimensions
from opsloop.warehouse.serving import ServingCopy


def show(key: str, copy: ServingCopy, address: Address, view: View) -> None:
    """Show the figures of each value of each dimension, of the period's incidents."""
    shown = [one for one in dimensions(copy) if one not in (TOTAL, SOURCE)]
    tabs = st.tabs([words.dimension_name(one).capitalize() for one in shown], key=f"{key}_tabs")
    for tab, dimension in zip(tabs, shown, strict=True):
        with tab:
            figure = further.compared(copy, view, dimension)
            if figure.table:
                figures.listed(f"{key}_{dimension}", figure.table, figure.leads, address)
            else:
                html.show("note", text=figure.missing)
    for build in (further.times_by, further.asked_by):
        figures.show_pair([build(copy, "team"), build(copy, "monitor")], address)
