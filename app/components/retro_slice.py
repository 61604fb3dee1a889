"""Which part of the work the retro shows: all, one team's or one monitor's. It lives in the URL."""

from __future__ import annotations

import streamlit as st

from app.components import html
from app.components.retro_tables import named
from opsloop.service.figures.parts import EVERYTHING, Part, values
from opsloop.warehouse.serving import ServingCopy

DIMENSIONS = {"total": "Everything", "team": "By team", "monitor": "By monitor"}


def show(key: str, copy: ServingCopy) -> Part:
    """Return the part that the URL names, and offer the others."""
    part = _from_url(copy)
    st.session_state[f"{key}_dimension"] = part.dimension
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        st.segmented_control(
            "Show",
            list(DIMENSIONS),
            format_func=lambda one: DIMENSIONS[one],
            required=True,
            key=f"{key}_dimension",
            label_visibility="collapsed",
            on_change=_dimension_changed,
            args=(key, copy),
        )
        if part != EVERYTHING:
            st.session_state[f"{key}_value"] = part.value
            with st.container(width=260):
                st.selectbox(
                    DIMENSIONS[part.dimension],
                    values(copy, part.dimension),
                    format_func=lambda value: named(part.dimension, value),
                    key=f"{key}_value",
                    label_visibility="collapsed",
                    on_change=_value_changed,
                    args=(key, part.dimension),
                )
    return part


def _from_url(copy: ServingCopy) -> Part:
    given = st.query_params.to_dict()
    part, dropped = EVERYTHING, []
    for name, value in given.items():
        is_known = name in ("team", "monitor") and value in values(copy, name)
        if is_known and part == EVERYTHING:
            part = Part(name, value)
        else:
            dropped.append(f"{name[:40]} {value[:40]!r}")
    if dropped:
        _to_url(part)
        text = f"Left out of the address: {', '.join(dropped)} is not in the figures."
        html.show("notice", kind="info", text=text)
    return part


def _to_url(part: Part) -> None:
    st.query_params.from_dict({} if part == EVERYTHING else {part.dimension: part.value})


def _dimension_changed(key: str, copy: ServingCopy) -> None:
    dimension = st.session_state[f"{key}_dimension"]
    first = [] if dimension == "total" else values(copy, dimension)
    _to_url(Part(dimension, first[0]) if first else EVERYTHING)


def _value_changed(key: str, dimension: str) -> None:
    _to_url(Part(dimension, st.session_state[f"{key}_value"]))
