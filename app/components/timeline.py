"""An incident's log as people read it, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from app import sentences, words
from app.components import html
from opsloop.types import Action, ActorKind, LogRow

SHOWN = 60  # rows, before somebody asks for the rest


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    actor: str
    is_person: bool
    is_demo: bool
    sentence: str
    text: str | None
    when: str
    at: str
    number: int | None = None  # of the incident, where several are told of


def show(key: str, log: tuple[LogRow, ...], now: datetime) -> None:
    """Show the log; a long one is cut until the rest is asked for."""
    rows = log[::-1]
    is_whole = len(rows) <= SHOWN or st.session_state.get(f"{key}_all", False)
    shown = rows if is_whole else rows[:SHOWN]
    html.show("timeline", entries=[entry(row, now) for row in shown])
    if len(rows) > SHOWN:
        st.toggle(f"Show all {len(rows):,} entries", key=f"{key}_all")


def entry(row: LogRow, now: datetime) -> Entry:
    """Return a log row as the timeline shows it."""
    # the text of an opening is the title, which the page shows already
    text = None if row.action is Action.OPENED else row.text
    return Entry(
        actor=sentences.actor(row),
        is_person=row.actor.kind is ActorKind.PERSON,
        is_demo=row.actor.via == "demo",
        sentence=sentences.sentence(row),
        text=text,
        when=f"{words.short_time(row.effective_at)}  ·  {words.ago(row.effective_at, now)}",
        at=words.timestamp(row.effective_at),
    )
