"""Ends of what is for a while: an hour, a day, or a moment of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import streamlit as st

from app.components.forms import Sheet
from opsloop.service import utc_now

MOMENT = "A moment"
# what people mean by later: label → hours from now; None = a moment of their own
Spans = Mapping[str, float | None]


def choose(sheet: Sheet, name: str, label: str, spans: Spans, default: str) -> None:
    """Show how long something lasts."""
    st.selectbox(label, list(spans), index=list(spans).index(default), key=sheet.field(name))
    if spans[sheet.value(name) or default] is None:
        st.datetime_input("Until (UTC)", value=None, key=sheet.field(f"{name}_moment"))


def end(sheet: Sheet, name: str, spans: Spans) -> datetime | None:
    """Return the end that was chosen, UTC; None while a moment is asked for and none is given."""
    hours = spans.get(sheet.value(name) or "")
    if hours is None:
        return sheet.moment(f"{name}_moment")
    return utc_now() + timedelta(hours=hours)
