"""What a person can do with an incident. Each action carries the version that the person saw.

A button's arguments are those of the drawing that showed it, so a decision made on an outdated page
is refused by the service; the text typed for it stays in its field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from app import sentences, words
from app.components import notices, questions, session
from app.project import Desk
from opsloop.lifecycle import PERSONS_CODES
from opsloop.service import Service
from opsloop.types import Incident, IncidentDetail, ResolutionCode, State

ESCALATION_TYPES = ("help", "decision", "information", "resource", "approval")
ADDRESSEES = {"team": "Team", "person": "Person", "outside": "Outside"}
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Form:
    """One incident's forms: its fields keep their drafts, its submits name what was seen."""

    desk: Desk
    incident: Incident
    key: str

    def field(self, name: str) -> str:
        """Return the key of a field of this incident."""
        return f"{self.key}_{self.incident.incident_id}_{name}"

    def value(self, name: str) -> Any:
        """Return what stands in a field now."""
        return st.session_state.get(self.field(name))

    def text(self, name: str, label: str, placeholder: str = "") -> None:
        """Show a field for text whose draft survives leaving the page."""
        st.text_area(
            label,
            key=self.field(name),
            placeholder=placeholder,
            height=96,
            max_chars=LONGEST_TEXT,
            persist_state="session",
        )

    def submit(self, name: str, label: str, act: Callable[[], object], drafts: str = "") -> None:
        """Show a form's button; what was typed is dropped only once it is saved."""
        st.form_submit_button(
            label,
            key=self.field(name),
            on_click=self.run,
            args=(act, label, drafts),
            type="primary",
        )

    def run(self, act: Callable[[], object], label: str, drafts: str = "") -> None:
        """Do something, tell how it went, and drop the drafts (names with spaces between)."""
        done = f"{label}: done, incident {self.incident.incident_id} is up to date."
        if notices.attempt(act, done):
            for name in drafts.split():
                st.session_state[self.field(name)] = ""


def show(key: str, desk: Desk, detail: IncidentDetail) -> None:
    """Show the actions that the incident's state allows."""
    form = Form(desk, detail.incident, key)
    is_open = detail.incident.state.is_open
    if is_open:
        _take(form)
    questions.show(form, detail)
    last = "Resolve" if is_open else "Reopen"
    comment, assign, escalate, close = st.tabs(["Comment", "Assign", "Escalate", last])
    with comment:
        _comment(form)
    with assign:
        _assign(form, is_open)
    with escalate:
        _escalate(form, is_open)
    with close:
        _resolve(form) if is_open else _reopen(form)


def _take(form: Form) -> None:
    incident = form.incident
    if incident.assignee == session.person() and incident.state is State.ACTIVE:
        return
    act = partial(_service(form).take, incident.incident_id, session.actor(), expect=_seen(form))
    st.button(
        "Take" if incident.assignee is None else "Take over",
        key=form.field("take"),
        type="primary" if incident.assignee is None else "secondary",
        width="stretch",
        on_click=form.run,
        args=(act, "Take"),
    )


def _comment(form: Form) -> None:
    def act() -> Incident:
        text = form.value("comment") or ""
        return _service(form).comment(form.incident.incident_id, session.actor(), text)

    with st.form(form.field("comment_form"), border=False):
        form.text("comment", "Comment", "What you found, what you did")
        form.submit("comment_send", "Comment", act, "comment")


def _assign(form: Form, is_open: bool) -> None:
    def act() -> Incident:
        return _service(form).assign(
            form.incident.incident_id,
            session.actor(),
            team=form.value("team"),
            person=form.value("person"),
            expect=_seen(form),
        )

    if not is_open:
        st.caption("Reopen it first to assign it.")
        return
    config = form.desk.config
    with st.form(form.field("assign_form"), border=False):
        st.selectbox(
            "Team",
            sorted(config.teams),
            index=None,
            format_func=words.readable,
            key=form.field("team"),
            placeholder="As the person's, or as now",
        )
        st.selectbox(
            "Person",
            sorted(config.people),
            index=None,
            format_func=lambda name: f"{name}  ·  {words.readable(config.team_of(name))}",
            key=form.field("person"),
            placeholder="Nobody yet",
        )
        form.submit("assign_send", "Assign", act)


def _escalate(form: Form, is_open: bool) -> None:
    def act() -> Incident:
        return _service(form).escalate(
            form.incident.incident_id,
            session.actor(),
            to_kind=kind,
            to_id=form.value(f"to_{kind}") or "",
            escalation_type=form.value("escalation_type") or ESCALATION_TYPES[0],
            text=form.value("question") or "",
            expect=_seen(form),
        )

    if not is_open:
        st.caption("Reopen it first to escalate it.")
        return
    kind = st.segmented_control(
        "Ask a",
        list(ADDRESSEES),
        format_func=lambda one: ADDRESSEES[one],
        default="team",
        required=True,
        key=form.field("to_kind"),
        label_visibility="collapsed",
        width="stretch",
    )
    with st.form(form.field("escalate_form"), border=False):
        _addressee(form, kind)
        st.selectbox("For", ESCALATION_TYPES, key=form.field("escalation_type"))
        form.text("question", "Question", "What you need from them, and by when")
        form.submit("escalate_send", "Escalate", act, "question")


def _addressee(form: Form, kind: str) -> None:
    config = form.desk.config
    if kind == "outside":
        st.text_input(
            "Whom", key=form.field("to_outside"), max_chars=200, placeholder="Name of the party"
        )
        return
    names = sorted(config.teams if kind == "team" else config.people)
    said = words.readable if kind == "team" else str
    st.selectbox("Whom", names, index=None, format_func=said, key=form.field(f"to_{kind}"))


def _resolve(form: Form) -> None:
    def act() -> Incident:
        return _service(form).resolve(
            form.incident.incident_id,
            session.actor(),
            code=str(code),
            root_cause=(form.value("root_cause") or "").strip() or None,
            accepted_until=_as_utc(form.value("accepted_until")) if is_accepted else None,
            text=form.value("note") or None,
            expect=_seen(form),
            events_seen=form.incident.events_total,
        )

    codes = (*PERSONS_CODES, *form.desk.config.resolution_codes)
    code = st.selectbox(
        "As",
        codes,
        format_func=lambda one: sentences.resolution(one).capitalize(),
        key=form.field("code"),
    )
    is_accepted = code == ResolutionCode.ACCEPTED
    with st.form(form.field("resolve_form"), border=False):
        if is_accepted:
            st.datetime_input("Accepted until (UTC)", value=None, key=form.field("accepted_until"))
        st.text_input(
            "Root cause", key=form.field("root_cause"), max_chars=200, persist_state="session"
        )
        form.text("note", "Note", "What ended it")
        form.submit("resolve_send", "Resolve", act, "note root_cause")


def _reopen(form: Form) -> None:
    def act() -> Incident:
        return _service(form).reopen(
            form.incident.incident_id,
            session.actor(),
            text=form.value("note") or "",
            expect=_seen(form),
        )

    with st.form(form.field("reopen_form"), border=False):
        form.text("note", "Reason", "Why it is not over")
        form.submit("reopen_send", "Reopen", act, "note")


def _service(form: Form) -> Service:
    return form.desk.service


def _seen(form: Form) -> int:
    return form.incident.decision_version


def _as_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
