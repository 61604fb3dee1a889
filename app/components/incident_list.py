"""A plain list of the incidents behind a figure, as the published figures know them."""

from __future__ import annotations

import streamlit as st

from app import words
from app.components import html
from opsloop.reporting import words as said
from opsloop.service.figures import incidents
from opsloop.service.figures.incidents import Behind
from opsloop.service.figures.parts import Row
from opsloop.warehouse.serving import ServingCopy

PAGE_SIZE = 100


def show(key: str, copy: ServingCopy, behind: Behind, count: int) -> None:
    """Show the incidents, a page at a time, the newest first."""
    if not count:
        html.show("note", text="None.")
        return
    pages = -(-count // PAGE_SIZE)
    page = 1 if pages == 1 else st.pagination(pages, key=f"{key}_page")
    rows = incidents.listed(copy, behind, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    html.show("incident_list", rows=[_line(row) for row in rows])


def _line(row: Row) -> dict[str, str]:
    took, age = row["seconds_to_resolve"], row["age_seconds"]
    return {
        "number": str(row["incident_id"]),
        "entity": (row["entity_id"] or "")[:60],
        "monitor": words.monitor_name(row["monitor_id"]),
        "team": said.value_name(row["team"] or words.UNKNOWN),
        "priority": row["priority"] or words.UNKNOWN,
        "state": _state(row),
        "opened": words.timestamp(row["opened_at"]),
        "took": f"open for {words.duration(age)}" if row["is_open"] else words.duration(took),
        "minutes": words.amount(row["touch_minutes"]),
    }


def _state(row: Row) -> str:
    state, code = words.readable(row["state"]), row["resolution_code"]
    return state if row["is_open"] or code is None else f"{state}: {words.readable(code)}"
