"""Letting an incident stand still: until somebody answers, or until later."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from app.components import session
from app.components.forms import Form
from opsloop.lifecycle import WAITING_KINDS
from opsloop.service import utc_now
from opsloop.types import Incident

# what people mean by later: label → hours from now; None = a moment of their own
LATER = {"1 hour": 1, "4 hours": 4, "1 day": 24, "3 days": 72, "A moment": None}


def show(form: Form) -> None:
    """Show both ways of standing still."""
    kind = st.segmented_control(
        "How",
        ["Wait for somebody", "Snooze"],
        default="Wait for somebody",
        required=True,
        key=form.field("pause_kind"),
        label_visibility="collapsed",
        width="stretch",
    )
    if kind == "Snooze":
        _snooze(form)
    else:
        _wait(form)


def _wait(form: Form) -> None:
    def act() -> Incident:
        return form.service.wait(
            form.number,
            session.actor(),
            kind=form.value("waiting_kind") or WAITING_KINDS[0],
            on=form.value("waiting_on") or "",
            reason=form.value("waiting_reason") or "",
            follow_up_at=form.moment("follow_up_at"),
            expect=form.seen,
        )

    with st.form(form.field("wait_form"), border=False):
        st.selectbox("Who they are", WAITING_KINDS, key=form.field("waiting_kind"))
        form.line("waiting_on", "Waiting on", max_chars=200)
        form.line("waiting_reason", "For what")
        st.datetime_input("Ask again at (UTC)", value=None, key=form.field("follow_up_at"))
        form.submit("wait_send", "Wait", act, "waiting_on waiting_reason")


def _snooze(form: Form) -> None:
    until = st.selectbox("For", list(LATER), key=form.field("snooze_for"))

    def act() -> Incident:
        more_events, worse_by = form.value("more_events"), form.value("worse_by")
        return form.service.snooze(
            form.number,
            session.actor(),
            until=_end(form, LATER[until]),
            more_events=more_events or None,
            worse_by=worse_by / 100 if worse_by else None,
            reason=form.value("snooze_reason") or "",
            expect=form.seen,
        )

    with st.form(form.field("snooze_form"), border=False):
        if LATER[until] is None:
            st.datetime_input("Until (UTC)", value=None, key=form.field("snooze_until"))
        events, share = st.columns(2)
        events.number_input(
            "Or so many more events", value=None, min_value=1, key=form.field("more_events")
        )
        share.number_input("Or worse by (%)", value=None, min_value=1, key=form.field("worse_by"))
        form.line("snooze_reason", "Why")
        form.submit("snooze_send", "Snooze", act, "snooze_reason")


def _end(form: Form, hours: int | None) -> datetime | None:
    return form.moment("snooze_until") if hours is None else utc_now() + timedelta(hours=hours)
