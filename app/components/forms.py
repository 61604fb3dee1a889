"""Forms: fields that keep their drafts, and submits that name what was seen.

A button's arguments are those of the drawing that showed it, so a decision made on an outdated page
is refused by the service; the text typed for it stays in its field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app.components import drafts, notices, session
from app.project import Desk
from opsloop.service import Service
from opsloop.service.drafting import LONGEST_DRAFT, OF_NO_INCIDENT
from opsloop.types import Incident


@dataclass(frozen=True, slots=True)
class Sheet:
    """Fields that keep their drafts, and the buttons that send them.

    Args:
        key: what the keys of its fields begin with.
        number: of the incident whose drafts these are.
        kept: what the person had written when the page was drawn.
        texts: the fields that this drawing showed for it.
    """

    desk: Desk
    key: str
    number: int = OF_NO_INCIDENT
    kept: dict[str, str] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)

    @classmethod
    def of_none(cls, desk: Desk, key: str) -> Sheet:
        """Return fields about no incident, with what the person has written for them so far."""
        return cls(desk, key, kept=drafts.read(desk.store, session.person(), OF_NO_INCIDENT))

    @property
    def service(self) -> Service:
        """What acts."""
        return self.desk.service

    def field(self, name: str) -> str:
        """Return the key of a field."""
        return f"{self.key}_{name}"

    def stored(self, name: str) -> str:
        """Return what a field's draft is kept as: several sheets may be about no incident."""
        return name if self.number != OF_NO_INCIDENT else self.field(name)

    def value(self, name: str) -> Any:
        """Return what stands in a field now."""
        return st.session_state.get(self.field(name))

    def text(self, name: str, label: str, placeholder: str = "") -> None:
        """Show a field for a text whose draft survives a closed browser."""
        st.text_area(
            label,
            key=self._draft(name),
            placeholder=placeholder,
            height=96,
            max_chars=LONGEST_DRAFT,
            persist_state="session",
        )

    def line(self, name: str, label: str, placeholder: str = "", max_chars: int = 500) -> None:
        """Show a field for one line whose draft survives a closed browser."""
        st.text_input(
            label,
            key=self._draft(name),
            placeholder=placeholder,
            max_chars=max_chars,
            persist_state="session",
        )

    def submit(
        self,
        name: str,
        label: str,
        act: Callable[[], Any],
        sends: str = "",
        done: Callable[[Any], str] | None = None,
    ) -> None:
        """Show a form's button; what was typed is dropped only once it is saved.

        Args:
            sends: the fields whose drafts are sent with it, with spaces between.
            done: says what came of it; else that it is done.
        """
        st.form_submit_button(
            label,
            key=self.field(name),
            on_click=self.run,
            args=(act, label, sends, done),
            type="primary",
        )

    def run(
        self,
        act: Callable[[], Any],
        label: str,
        sends: str = "",
        done: Callable[[Any], str] | None = None,
    ) -> None:
        """Do something, tell how it went, and drop the drafts that it sent; else keep them."""
        names = sends.split()
        if not notices.attempt(act, done or self.done(label)):
            self._keep(names)
            return
        for name in names:
            st.session_state[self.field(name)] = ""
        if names:
            stored = [self.stored(name) for name in names]
            drafts.drop(self.desk.store, session.person(), self.number, stored)

    def done(self, label: str) -> str:
        """Return what is said once something was done."""
        return f"{label}: done."

    def watch(self) -> None:
        """Keep what is typed from now on into the fields that were shown."""
        drafts.watch(
            self.field("drafts"),
            self.desk.store,
            session.person(),
            self.number,
            self.field(""),
            {name: self.stored(name) for name in self.texts},
        )

    def moment(self, name: str) -> datetime | None:
        """Return the moment in a field, which is in UTC."""
        value: datetime | None = self.value(name)
        return value.replace(tzinfo=UTC) if value else None

    def _draft(self, name: str) -> str:
        """Return the key of a field that holds a draft, with its text in it."""
        key = self.field(name)
        self.texts.add(name)
        if key not in st.session_state and self.stored(name) in self.kept:
            st.session_state[key] = self.kept[self.stored(name)]
        return key

    def _keep(self, names: list[str]) -> None:
        texts = {self.stored(name): str(self.value(name) or "") for name in names}
        if texts:
            drafts.keep(self.desk.store, session.person(), self.number, texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Sheet):
    """One incident's forms: what is decided names the version that was seen."""

    incident: Incident

    @classmethod
    def of(cls, desk: Desk, incident: Incident, key: str) -> Form:
        """Return an incident's forms with what the person has written for them so far."""
        number = incident.incident_id
        kept = drafts.read(desk.store, session.person(), number)
        return cls(desk, f"{key}_{number}", number, kept, incident=incident)

    @property
    def seen(self) -> int:
        """The version that the person decides on."""
        return self.incident.decision_version

    def done(self, label: str) -> str:
        """Return what is said once something was done."""
        return f"{label}: done, incident {self.number} is up to date."
