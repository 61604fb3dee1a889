"""The forms of one incident: fields that keep their drafts, submits that name what was seen.

A button's arguments are those of the drawing that showed it, so a decision made on an outdated page
is refused by the service; the text typed for it stays in its field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app.components import notices
from app.project import Desk
from opsloop.service import Service
from opsloop.types import Incident

LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Form:
    """One incident's forms: its fields keep their drafts, its submits name what was seen."""

    desk: Desk
    incident: Incident
    key: str

    @property
    def service(self) -> Service:
        """What acts."""
        return self.desk.service

    @property
    def number(self) -> int:
        """The incident's number."""
        return self.incident.incident_id

    @property
    def seen(self) -> int:
        """The version that the person decides on."""
        return self.incident.decision_version

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

    def moment(self, name: str) -> datetime | None:
        """Return the moment in a field, which is in UTC."""
        value: datetime | None = self.value(name)
        return value.replace(tzinfo=UTC) if value else None
