"""The retro's first screen, in the order in which a team reads it."""

from __future__ import annotations

import streamlit as st

from app.components import figures
from app.retro_address import Address
from opsloop.reporting import first_screen
from opsloop.reporting.figure import View
from opsloop.reporting.first_screen import GRAINS, MEASURES, TARGETS, WORK_BY
from opsloop.warehouse.serving import ServingCopy


def show(copy: ServingCopy, address: Address, view: View) -> None:
    """Show flow and age, times and service levels, minutes and escalations."""
    left, right = st.columns(2, gap="large")
    with left:
        grain = figures.choose("flow_grain", GRAINS)
        figures.show(first_screen.arrivals(copy, view, grain), address, ("flow_grain", GRAINS))
    with right:
        figures.show(first_screen.age(copy, view), address)
    left, right = st.columns(2, gap="large")
    with left:
        measure = figures.choose("turnaround_measure", MEASURES)
        figures.show(
            first_screen.times(copy, view, measure), address, ("turnaround_measure", MEASURES)
        )
    with right:
        _levels(copy, address, view)
    left, right = st.columns(2, gap="large")
    with left:
        dimension = figures.choose("work_by", WORK_BY)
        figures.show(first_screen.minutes(copy, view, dimension), address, ("work_by", WORK_BY))
    with right:
        figures.show(first_screen.asked(copy, view), address)


def _levels(copy: ServingCopy, address: Address, view: View) -> None:
    known = {target: TARGETS[target] for target in first_screen.targets(copy, view)}
    if not known:
        figures.show(first_screen.no_levels(), address)
        return
    key = "service_level_target"
    target = figures.choose(key, known)
    figures.show(first_screen.levels(copy, view, target), address, (key, known))
