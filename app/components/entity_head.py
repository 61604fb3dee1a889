"""An entity in figures: how often it was seen, how it stands, and how often it came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from app import words
from app.components import html
from opsloop.service.entities import REPEAT_WITHIN, EntitySummary

LISTED = 50  # incidents


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name and a note."""

    label: str
    value: str
    note: str = ""


def show(summary: EntitySummary, now: datetime) -> None:
    """Show the figures."""
    html.show("headline", figures=figures(summary, now))


def figures(summary: EntitySummary, now: datetime) -> list[Figure]:
    """Return the figures on top of an entity's page."""
    fires = f"{words.counted(summary.firing, 'event')} not cleared"
    held = f", {summary.held_back:,} held back" if summary.held_back else ""
    days = REPEAT_WITHIN.days
    first, last = (words.ago(at, now) for at in (summary.first_at, summary.last_at))
    return [
        Figure("Seen", words.counted(summary.seen, "time"), "by monitors, episodes"),
        Figure("Open now", f"{summary.incidents_open:,}", fires + held),
        Figure("Incidents", f"{summary.incidents:,}", "in all"),
        Figure("Came back", f"{summary.repeats:,} ×", f"within {days} days of an end"),
        Figure("First", first, words.timestamp(summary.first_at)),
        Figure("Last", last, words.timestamp(summary.last_at)),
    ]


def list_incidents(summary: EntitySummary, now: datetime) -> None:
    """Show the incidents that it was part of, the newest first."""
    if not summary.stays:
        html.show("note", text="It was never part of one.")
        return
    html.show(
        "stays",
        stays=[
            {
                "number": stay.incident_id,
                "title": stay.title or "(no title)",
                "state": stay.state.value,
                "state_label": words.STATE_WORDS[stay.state],
                "monitor": words.monitor_name(stay.monitor_id),
                "opened": words.ago(stay.opened_at, now),
                "opened_at": words.timestamp(stay.opened_at),
            }
            for stay in reversed(summary.stays[-LISTED:])
        ],
        more=max(0, len(summary.stays) - LISTED),
    )


def choose_monitor(key: str, summary: EntitySummary, chosen: str | None) -> None:
    """Show what each monitor saw of it; a click narrows the page, and stands in the address."""
    names = [part.monitor_id for part in summary.by_monitor]
    if not names or (len(names) == 1 and chosen is None):
        return
    seen = {part.monitor_id: part.seen for part in summary.by_monitor}
    st.session_state[key] = chosen
    st.pills(
        "By monitor",
        names,
        format_func=lambda name: (
            f"{words.verbatim(words.monitor_name(name))} **{seen.get(name, 0):,}**"
        ),
        key=key,
        on_change=_changed,
        args=(key,),
    )


def _changed(key: str) -> None:
    chosen = st.session_state[key]
    if chosen:
        st.query_params["monitor"] = chosen
    else:
        st.query_params.pop("monitor", None)
