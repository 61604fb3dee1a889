"""Which part of the work and which period the retro shows. Both live in the URL."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

import streamlit as st

from app.components import html
from app.retro_address import OWN, WEEKS, Address, left_out, once, parse
from opsloop.reporting import words as said
from opsloop.reporting.figure import View, in_words, unknown_days
from opsloop.service.figures.parts import (
    EVERYTHING,
    TOTAL,
    Part,
    dimensions,
    is_known,
    values,
)
from opsloop.service.figures.periods import Period, last_weeks
from opsloop.warehouse.serving import ServingCopy


def from_url(copy: ServingCopy) -> Address:
    """Return what the URL asks for; drop what is invalid from it, and say so."""
    given, repeated = once({name: st.query_params.get_all(name) for name in st.query_params})
    address, dropped = parse(given, dimensions(copy), partial(is_known, copy))
    if dropped := [*repeated, *dropped]:
        st.query_params.from_dict(address.as_params())
        html.show("notice", kind="info", text=left_out(dropped))
    return address


def show(key: str, copy: ServingCopy, address: Address) -> None:
    """Offer other parts of the work and other periods."""
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        _choose_part(key, copy, address)
        _choose_period(key, copy, address)


def named(dimension: str) -> str:
    """Return a dimension as the choice has it."""
    return "Everything" if dimension == TOTAL else f"By {said.dimension_name(dimension)}"


def looked_at(view: View, known_from: date | None, through: datetime) -> dict[str, str]:
    """Return the period and the one before it in words, for the line above the figures.

    Args:
        known_from: since when figures are known of what is looked at; None = of no day.
        through: until when.
    """
    period = in_words(view.period, through)
    before = "" if view.before is None else in_words(view.before, through)
    return {
        "period": period[0].upper() + period[1:],
        "before": before,
        "unknown": unknown_days(view.period, known_from, through),
    }


def _choose_part(key: str, copy: ServingCopy, address: Address) -> None:
    part = address.part
    known = dimensions(copy)
    st.session_state[f"{key}_dimension"] = part.dimension
    with st.container(width=230):
        st.selectbox(
            "Show",
            known,
            format_func=named,
            key=f"{key}_dimension",
            label_visibility="collapsed",
            on_change=_dimension_changed,
            args=(key, copy, address),
        )
    if part != EVERYTHING:
        st.session_state[f"{key}_value"] = part.value
        with st.container(width=240):
            st.selectbox(
                named(part.dimension),
                values(copy, part.dimension),
                format_func=said.value_name,
                key=f"{key}_value",
                label_visibility="collapsed",
                on_change=_value_changed,
                args=(key, address),
            )


def _choose_period(key: str, copy: ServingCopy, address: Address) -> None:
    st.session_state[f"{key}_weeks"] = address.weeks
    with st.container(width=170):
        st.selectbox(
            "Period",
            [*WEEKS, OWN],
            format_func=lambda one: WEEKS.get(one, "From … to …"),
            key=f"{key}_weeks",
            label_visibility="collapsed",
            on_change=_weeks_changed,
            args=(key, copy, address),
        )
    if address.weeks == OWN:
        # a period without a beginning is not shown: its end would look like one
        chosen = (address.own.since, address.own.last_day) if address.own.since else ()
        st.session_state[f"{key}_days"] = [day for day in chosen if day]
        with st.container(width=230):
            st.date_input(
                "Days (UTC)",
                key=f"{key}_days",
                label_visibility="collapsed",
                on_change=_days_changed,
                args=(key, address),
            )


def _go(part: Part, weeks: str, own: Period) -> None:
    st.query_params.from_dict(Address(part, weeks, own).as_params())


def _dimension_changed(key: str, copy: ServingCopy, address: Address) -> None:
    dimension = st.session_state[f"{key}_dimension"]
    first = [] if dimension == TOTAL else values(copy, dimension)
    part = Part(dimension, first[0]) if first else EVERYTHING
    _go(part, address.weeks, address.own)


def _value_changed(key: str, address: Address) -> None:
    part = Part(address.part.dimension, st.session_state[f"{key}_value"])
    _go(part, address.weeks, address.own)


def _weeks_changed(key: str, copy: ServingCopy, address: Address) -> None:
    weeks = st.session_state[f"{key}_weeks"]
    through = copy.published.data_through
    own = last_weeks(2, through) if weeks == OWN and through else address.own
    _go(address.part, weeks, own)


def _days_changed(key: str, address: Address) -> None:
    days = st.session_state[f"{key}_days"]
    if len(days) == 2:  # until then the second end is still to be chosen
        _go(address.part, OWN, Period(days[0], days[1] + timedelta(days=1)))
