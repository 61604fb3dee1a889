"""Muting a monitor, an entity or an evidence value for a while, with a reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import streamlit as st

from app import words
from app.components import html, rights, session, spans
from app.components.forms import Sheet
from app.project import Desk
from opsloop.conditions import conditions_of
from opsloop.errors import Refused
from opsloop.roles import Deed

SPANS: spans.Spans = {
    "4 hours": 4,
    "1 day": 24,
    "3 days": 72,
    "1 week": 168,
    "4 weeks": 672,
    spans.MOMENT: None,
}
_MUTED = "Muted. What fires from its monitor's next run on opens nothing; the list shows how much."


def show(key: str, desk: Desk, monitors: Collection[str]) -> None:
    """Show the form of a new mute."""
    sheet = Sheet.of_none(desk, key)

    def act() -> int:
        until = spans.end(sheet, "until", SPANS)
        return desk.service.mute(
            session.actor(),
            monitor_id=sheet.value("monitor"),
            entity_id=(sheet.value("entity") or "").strip() or None,
            evidence=conditions_of((sheet.value("evidence") or "").split(",")[:20])
            if (sheet.value("evidence") or "").strip()
            else None,
            until=_required(until),
            reason=sheet.value("reason") or "",
        )

    st.selectbox(
        "Monitor",
        sorted(monitors),
        index=None,
        format_func=words.monitor_name,
        key=sheet.field("monitor"),
        placeholder="Every monitor",
    )
    monitor = sheet.value("monitor")
    if why := rights.in_words(desk.service.lack_of_mute(session.actor(), Deed.MUTE, monitor)):
        html.show("note", text=why)
        return
    spans.choose(sheet, "until", "For how long", SPANS, "1 day")
    with st.form(sheet.field("form"), border=False):
        sheet.line("entity", "Entity", "Its id, or a pattern such as JFK-*", max_chars=1_000)
        sheet.line("evidence", "Evidence", "carrier=UA, paid=false")
        sheet.line("reason", "Why", "What others will read beside it")
        sheet.submit("send", "Mute", act, "entity evidence reason", lambda _: _MUTED)
    sheet.watch()


def _required(until: datetime | None) -> datetime:
    if until is None:
        raise Refused("The mute has no end.", "Give the moment at which it ends.")
    return until
