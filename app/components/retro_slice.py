"""Which part of the work and which period the retro shows. Both live in the URL."""

from __future__ import annotations

from dataclasses import replace
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


def from_url(copy: ServingCopy, through: datetime) -> Address:
    """Return what the URL asks for; drop what is invalid from it, and say so.

    Args:
        through: until when figures are known.
    """
    given, repeated = once({name: st.query_params.get_all(name) for name in st.query_params})
    address, dropped = parse(given, dimensions(copy), partial(is_known, copy), through)
    if dropped := [*repeated, *dropped]:
        st.query_params.from_dict(address.as_params())
        html.show("notice", kind="info", text=left_out(dropped))
    return address


def show(key: str, copy: ServingCopy, address: Address, through: datetime) -> None:
    """Offer other parts of the work, other periods, and others to compare with."""
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        _choose_part(key, copy, address)
        _choose_period(key, address, through)
        _choose_beside(key, address, through)


def named(dimension: str) -> str:
    """Return a dimension as the choice has it."""
    return "Everything" if dimension == TOTAL else f"By {said.dimension_name(dimension)}"


def looked_at(
    view: View, known_from: date | None, through: datetime, beside: date | None = None
) -> dict[str, str]:
    """Return the period and the earlier one in words, for the line above the figures.

    Args:
        known_from: since when figures are known of what is looked at; None = of no day.
        through: until when.
        beside: the first day of the earlier one that was asked for, if one was.
    """
    period = in_words(view.period, through)
    before = "" if view.before is None else in_words(view.before, through)
    return {
        "period": period[0].upper() + period[1:],
        "before": before,
        "unknown": unknown_days(view.period, known_from, through),
        "not_compared": _not_compared(view, known_from, beside),
    }


def _not_compared(view: View, known_from: date | None, beside: date | None) -> str:
    """Return why the earlier days that were asked for are not compared; empty if they are."""
    if beside is None or view.before is not None or known_from is None:
        return ""
    days = f"Days from {said.day(beside)} on cannot be compared"
    return f"{days}: figures begin on {said.day(known_from)}."


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


def _choose_period(key: str, address: Address, through: datetime) -> None:
    st.session_state[f"{key}_weeks"] = address.weeks
    with st.container(width=170):
        st.selectbox(
            "Period",
            [*WEEKS, OWN],
            format_func=lambda one: WEEKS.get(one, "From … to …"),
            key=f"{key}_weeks",
            label_visibility="collapsed",
            on_change=_weeks_changed,
            args=(key, address, through),
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


def _choose_beside(key: str, address: Address, through: datetime) -> None:
    usual = address.period(through).before()
    if usual is None or usual.since is None:
        return  # nothing has the length of all time
    st.session_state[f"{key}_beside"] = address.beside is not None
    with st.container(width=230):
        st.selectbox(
            "Compared with",
            [False, True],
            format_func=lambda is_own: "Beside days from …" if is_own else "Beside the days before",
            key=f"{key}_beside",
            label_visibility="collapsed",
            on_change=_beside_changed,
            args=(key, address, usual.since),
        )
    if address.beside is not None:
        st.session_state[f"{key}_beside_from"] = address.beside
        with st.container(width=150):
            st.date_input(
                "From (UTC)",
                max_value=usual.since,
                key=f"{key}_beside_from",
                label_visibility="collapsed",
                on_change=_beside_from_changed,
                args=(key, address),
            )


def _go(address: Address) -> None:
    st.query_params.from_dict(address.as_params())


def _dimension_changed(key: str, copy: ServingCopy, address: Address) -> None:
    dimension = st.session_state[f"{key}_dimension"]
    first = [] if dimension == TOTAL else values(copy, dimension)
    _go(replace(address, part=Part(dimension, first[0]) if first else EVERYTHING))


def _value_changed(key: str, address: Address) -> None:
    part = Part(address.part.dimension, st.session_state[f"{key}_value"])
    _go(replace(address, part=part))


def _weeks_changed(key: str, address: Address, through: datetime) -> None:
    weeks = st.session_state[f"{key}_weeks"]
    own = last_weeks(2, through) if weeks == OWN else address.own
    _go(replace(address, weeks=weeks, own=own, beside=None))


def _days_changed(key: str, address: Address) -> None:
    days = st.session_state[f"{key}_days"]
    if len(days) == 2:  # until then the second end is still to be chosen
        own = Period(days[0], days[1] + timedelta(days=1))
        _go(replace(address, weeks=OWN, own=own, beside=None))


def _beside_changed(key: str, address: Address, first: date) -> None:
    is_own = st.session_state[f"{key}_beside"]
    _go(replace(address, beside=first if is_own else None))


def _beside_from_changed(key: str, address: Address) -> None:
    _go(replace(address, beside=st.session_state[f"{key}_beside_from"]))
