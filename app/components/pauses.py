"""Letting an incident stand still: until somebody answers, or until later."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from app import words
from app.components import html, session
from app.components.forms import Form
from app.components.rights import guarded
from opsloop.lifecycle import WAITING_KINDS
from opsloop.roles import Deed
from opsloop.service import utc_now
from opsloop.types import Incident, State

# what people mean by later: label → hours from now; None = a moment of their own
LATER = {"1 hour": 1, "4 hours": 4, "1 day": 24, "3 days": 72, "A moment": None}


def show(form: Form) -> None:
    """Show both ways of standing still, and what a wait asks for."""
    if form.incident.state is State.WAITING:
        guarded(Deed.FOLLOW_UP, _follow_up)(form)
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
        guarded(Deed.SNOOZE, _snooze)(form)
    else:
        guarded(Deed.WAIT, _wait)(form)


def _follow_up(form: Form) -> None:
    """Let the person note that they asked again; the next follow-up is then due later."""

    def act() -> Incident:
        return form.service.follow_up(
            form.number,
            session.actor(),
            text=form.value("follow_up_note") or None,
            next_at=form.moment("follow_up_next"),
            expect=form.seen,
        )

    incident = form.incident
    made = words.counted(incident.follow_ups or 0, "follow-up")
    with st.form(form.field("follow_up_form")):
        html.show("note", text=f"Waits on {incident.waiting_on}; {made} so far.")
        form.line("follow_up_note", "Asked again", "What was said")
        after = incident.follow_up_every_s
        usual = f"else in {words.duration(after)} of business time" if after else "else never"
        st.datetime_input(f"Next at (UTC), {usual}", value=None, key=form.field("follow_up_next"))
        form.submit("follow_up_send", "Followed up", act, "follow_up_note")


def _wait(form: Form) -> None:
    def act() -> Incident:
        return form.service.wait(
            form.number,
            session.actor(),
            kind=form.value("waiting_kind") or WAITING_KINDS[0],
            on=form.value("waiting_on") or "",
            reason=form.value("waiting_reason") or "",
            follow_up_at=form.moment("follow_up_at"),
            every_s=round(hours * 3600) if (hours := form.value("every_hours")) else None,
            expect=form.seen,
        )

    with st.form(form.field("wait_form"), border=False):
        st.selectbox("Who they are", WAITING_KINDS, key=form.field("waiting_kind"))
        form.line("waiting_on", "Waiting on", max_chars=200)
        form.line("waiting_reason", "For what")
        at, every = st.columns(2)
        at.datetime_input("Until (UTC)", value=None, key=form.field("follow_up_at"))
        every.number_input(
            "Then every (business hours)",
            value=None,
            min_value=0.25,
            step=0.25,
            key=form.field("every_hours"),
            help="Else as the service level says.",
        )
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
