"""Who works here: what each has in hand, who is away, and the way to say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from app import words
from app.components import html, notices, rights, session, spans
from app.components.forms import Sheet
from app.project import Desk
from opsloop.config import Config
from opsloop.errors import Refused
from opsloop.service import person_figures
from opsloop.service.person_figures import UNTOLD, Burden
from opsloop.store.rosters import Absence, Load
from opsloop.words import hours_of

SPANS: spans.Spans = {
    "4 hours": 4,
    "1 day": 24,
    "3 days": 72,
    "1 week": 168,
    "2 weeks": 336,
    spans.MOMENT: None,
}
UNKNOWN_LOAD = Load()


@dataclass(frozen=True, slots=True)
class Line:
    """What the page says of one person."""

    person: str
    is_me: bool
    open_items: int
    worked: str  # against the hours they had; "" where figures of persons are off
    away: str
    is_away: bool
    planned: tuple[Absence, ...] = ()


def lines_of(
    config: Config,
    team: str,
    loads: Mapping[str, Load],
    worked: Mapping[str, Burden],
    absences: Sequence[Absence],
    me: str,
    now: datetime,
) -> Iterator[Line]:
    """Yield the people of a team, by name: load, never rank."""
    for person in sorted(config.teams[team].members):
        load = loads.get(person, UNKNOWN_LOAD)
        one = worked.get(person, UNTOLD)
        mine = [absence for absence in absences if absence.person == person]
        yield Line(
            person,
            person == me,
            load.open_items,
            "" if one.minutes is None else hours_of(one.minutes, one.capacity_minutes),
            "; ".join(_said(absence, now) for absence in mine),
            any(absence.starts_at <= now for absence in mine),
            tuple(absence for absence in mine if absence.starts_at > now),
        )


def _said(one: Absence, now: datetime) -> str:
    starts = "" if one.starts_at <= now else f"from {words.short_time(one.starts_at)} "
    reason = f" ({one.reason})" if one.reason else ""
    return f"away {starts}until {words.short_time(one.ends_at)} UTC{reason}"


def show(key: str, desk: Desk, team: str, lines: Sequence[Line]) -> None:
    """Show a team's people; who is away can be said to be back, and what is planned called off."""
    lead = desk.config.teams[team].lead
    kept = desk.config.person_figures
    days = kept.days if kept else None
    html.show("team", name=words.value_name(team), lead=lead, lines=lines, days=days)
    for line in lines:
        if desk.service.lack_of_away(session.actor(), line.person):
            continue
        for one in line.planned:
            st.button(
                words.verbatim(
                    f"Cancel: {line.person}, from {words.short_time(one.starts_at)} UTC"
                ),
                key=f"{key}_{one.absence_id}_cancel",
                on_click=_cancel,
                args=(desk, one),
            )
        if line.is_away:
            label = "I am back" if line.is_me else f"{line.person} is back"
            st.button(
                words.verbatim(label),
                key=f"{key}_{line.person}_back",
                on_click=_come_back,
                args=(desk, line.person),
            )


def own_weeks(desk: Desk, me: str, now: datetime) -> None:
    """Show somebody's own weeks, which nobody else sees; nothing if that is not wanted."""
    if desk.config.person_figures is None:
        return
    weeks = person_figures.own_weeks(desk.store, desk.config, me, now)
    html.show("section", title="Your own weeks")
    html.show("note", text="For you alone: nobody else is shown them, and they are not kept.")
    html.show(
        "own_weeks",
        weeks=[
            (
                words.day(week.week_start),
                hours_of(week.minutes, week.capacity_minutes),
                week.incidents,
                week.resolved,
            )
            for week in reversed(weeks)
        ],
    )


def away_form(key: str, desk: Desk, me: str) -> None:
    """Show the form by which people say that they, or others, are away."""
    sheet = Sheet.of_none(desk, key)
    service, actor = desk.service, session.actor()
    people = [one for one in sorted(desk.config.people) if not service.lack_of_away(actor, one)]
    if not people:
        html.show("note", text=rights.in_words(service.lack_of_away(actor, me)) or "")
        return

    def act() -> int:
        until = spans.end(sheet, "until", SPANS)
        if until is None:
            raise Refused("The absence has no end.", "Give the moment at which they are back.")
        return service.go_away(
            actor,
            sheet.value("who") or me,
            until=until,
            starts_at=sheet.moment("from"),
            reason=(sheet.value("reason") or "").strip() or None,
        )

    st.selectbox(
        "Who",
        people,
        index=people.index(me) if me in people else 0,
        format_func=lambda name: f"{name} (you)" if name == me else name,
        key=sheet.field("who"),
    )
    spans.choose(sheet, "until", "For how long", SPANS, "1 day")
    with st.form(sheet.field("form"), border=False):
        st.datetime_input("From (UTC), if not now", value=None, key=sheet.field("from"))
        sheet.line("reason", "Why, if others should know")
        sheet.submit("send", "Mark as away", act, "reason", lambda _: _marked(sheet, me))
    sheet.watch()


def _marked(sheet: Sheet, me: str) -> str:
    who = sheet.value("who") or me
    since = sheet.moment("from")
    said = f"from {words.timestamp(since)} on" if since else "from now on"
    return f"{who} is away {said}: rules give them no incidents meanwhile."


def _cancel(desk: Desk, one: Absence) -> None:
    notices.attempt(
        lambda: desk.service.cancel_absence(session.actor(), one.absence_id),
        f"Called off: {one.person} is not away from {words.timestamp(one.starts_at)} on.",
    )


def _come_back(desk: Desk, person: str) -> None:
    notices.attempt(
        lambda: desk.service.come_back(session.actor(), person),
        f"{person} is back: rules give them incidents again.",
    )
