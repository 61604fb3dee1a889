"""Entering an incident that somebody noticed and no monitor found."""

from __future__ import annotations

import streamlit as st

from app import words
from app.components import session
from app.components.forms import Sheet
from app.project import Desk
from opsloop.lifecycle import CLASSES
from opsloop.types import Severity

_REPORTED = "reported_incident"


def show(key: str, desk: Desk) -> None:
    """Show the form."""
    sheet = Sheet.of_none(desk, key)
    config, severities = desk.config, list(Severity)

    def act() -> None:
        incident = desk.service.report(
            session.actor(),
            sheet.value("title") or "",
            team=sheet.value("team"),
            severity=Severity(sheet.value("severity") or Severity.MEDIUM),
            class_=sheet.value("class") or CLASSES[0],
            type_=(sheet.value("type") or "").strip() or None,
            entity_id=(sheet.value("entity") or "").strip() or None,
            found_by=(sheet.value("found_by") or "").strip() or None,
            text=sheet.value("text") or None,
        )
        st.session_state[_REPORTED] = incident.incident_id

    with st.form(sheet.field("form"), border=False):
        sheet.line("title", "What is wrong", "One line, as it will stand in the queue")
        sheet.text("text", "What is known", "Since when, who is affected, what was tried")
        left, right = st.columns(2)
        with left:
            st.selectbox(
                "Severity",
                severities,
                index=severities.index(Severity.MEDIUM),
                format_func=lambda one: words.SEVERITY_WORDS[one],
                key=sheet.field("severity"),
            )
            st.selectbox(
                "Team",
                sorted(config.teams),
                index=None,
                format_func=words.value_name,
                key=sheet.field("team"),
                placeholder="As rules say, else yours",
            )
            sheet.line("entity", "Entity", "The order, machine or customer", max_chars=1_000)
        with right:
            st.selectbox("Class", CLASSES, key=sheet.field("class"))
            sheet.line("type", "Type", "In your own words", max_chars=200)
            sheet.line("found_by", "Noticed by", "If not by you", max_chars=200)
        sheet.submit("send", "Report", act, "title text entity type found_by")
    sheet.watch()


def reported() -> int | None:
    """Return the number of what was reported just now, once."""
    number = st.session_state.pop(_REPORTED, None)
    return None if number is None else int(number)
