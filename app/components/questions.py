"""Escalations that wait for an answer, and a field for each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import sentences, words
from app.components import html, rights, session
from opsloop.roles import Deed
from opsloop.service import utc_now
from opsloop.types import Action, Escalation, Incident, IncidentDetail

if TYPE_CHECKING:
    from app.components.forms import Form


def show(form: Form, detail: IncidentDetail) -> None:
    """Show each escalation without an answer."""
    asked = {
        row.subject.get("escalation_id"): row
        for row in detail.log
        if row.action is Action.ESCALATED  # a nudge has words of its own
    }
    for escalation in detail.escalations:
        if escalation.answered_at is None:
            row = asked.get(escalation.escalation_id)
            _question(form, escalation, row.text if row else None)


def _question(form: Form, escalation: Escalation, question: str | None) -> None:
    name = f"answer_{escalation.escalation_id}"

    def act() -> Incident:
        return form.desk.service.answer(
            form.incident.incident_id,
            session.actor(),
            escalation_id=escalation.escalation_id,
            text=form.value(name) or "",
        )

    with st.container(border=True, key=form.field(f"{name}_box")):
        html.show(
            "question",
            to=sentences.addressee({"to_kind": escalation.to_kind, "to_id": escalation.to_id}),
            kind=_kind(escalation),
            asked_by=escalation.asked_by,
            ago=words.ago(escalation.asked_at, utc_now()),
            at=words.timestamp(escalation.asked_at),
            question=question,
            nudges=escalation.nudges,
        )
        if why := rights.reason(form, Deed.ANSWER):
            html.show("note", text=why)
            return
        with st.form(form.field(f"{name}_form"), border=False):
            form.text(name, "Answer")
            form.submit(f"{name}_send", "Record the answer", act, name)


def _kind(escalation: Escalation) -> str:
    """Return what is asked for, and what class of work that is: "decision, request"."""
    known = (escalation.escalation_type, escalation.escalation_class)
    return ", ".join(words.readable(one) for one in known if one)
