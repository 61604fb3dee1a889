"""Two incidents that are one, and one that is several: what would happen is shown before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from app import words
from app.components import html, session
from app.components.forms import Form
from opsloop.lifecycle import Part, key_in_words
from opsloop.service.opening_up import OpenedUp
from opsloop.types import Event, Incident, QueueFilter, QueueItem

OFFERED = 20  # incidents to merge into
ALL, WORST, MARKED, TOGETHER = "Every key", "The worst", "What is marked", "Into one"


def merge(form: Form) -> None:
    """Let the incident go on in another one that is open."""
    search = st.text_input(
        "Search",
        key=form.field("merge_search"),
        placeholder="Title, entity or number",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    found = _others(form, search)
    if not found:
        html.show("note", text=_nothing_found(form, search))
        return
    target = st.selectbox(
        "Into",
        found,
        format_func=_named,
        key=form.field("merge_into"),
    )

    def act() -> Incident:
        return form.service.merge(
            form.number,
            session.actor(),
            into=target.incident.incident_id,
            text=form.value("merge_reason") or None,
            expect=form.seen,
            events_seen=form.incident.events_total,
        )

    html.show("consequences", lines=list(merged(form.incident, target.incident)))
    with st.form(form.field("merge_form"), border=False):
        form.line("merge_reason", "Why they are one")
        number = target.incident.incident_id
        form.submit(
            "merge_send",
            f"Merge into #{number}",
            act,
            "merge_reason",
            lambda source: f"#{source.incident_id} goes on in #{number}.",
        )


def _others(form: Form, search: str | None) -> list[QueueItem]:
    """Return open incidents to merge into: of the team, or by number of any."""
    wanted = (search or "").strip()
    is_number = wanted.lstrip("#").isdecimal()
    filters = QueueFilter(
        team=None if is_number else form.incident.team,
        search=wanted or None,
        order="updated",
        limit=OFFERED + 1,
    )
    items = form.desk.store.queue(filters)
    return [item for item in items if item.incident.incident_id != form.number][:OFFERED]


def _nothing_found(form: Form, search: str | None) -> str:
    team = form.incident.team
    if search:
        return (
            f"No other open incident of {words.readable(team)} matches. A number finds any team's."
        )
    return f"{words.value_name(team)} has no other open incident. A number finds any team's."


def _named(item: QueueItem) -> str:
    return f"#{item.incident.incident_id}  {item.title[:120]}"


def merged(source: Incident, target: Incident) -> Iterator[str]:
    """Yield what a merge brings about, in words."""
    events = (
        "1 event and its key go"
        if source.events_total == 1
        else (f"{source.events_total:,} events and their keys go")
    )
    total = source.events_total + target.events_total
    firing = source.events_firing + target.events_firing
    if source.events_total:
        yield (
            f"{events} to #{target.incident_id}, which then has "
            f"{words.counted(total, 'event')}, {firing:,} firing."
        )
    team = words.readable(target.team)
    owner = f"{target.assignee} ({team})" if target.assignee else f"team {team}"
    yield (
        f"#{target.incident_id} stays with {owner}; #{source.incident_id} ends as its duplicate."
    )
    if source.priority and target.priority and source.priority < target.priority:
        yield f"It may become more pressing: #{source.incident_id} is {source.priority}."
    yield "Undo takes it back until either is decided about."


def split(form: Form, chosen: Sequence[Event]) -> None:
    """Open the incident up: each key its own incident, or some events together in one.

    Args:
        chosen: the events that are marked in the evidence.
    """
    how = st.pills(
        "What leaves",
        [ALL, WORST, MARKED, TOGETHER],
        format_func=lambda one: f"{one} **{len(chosen)}**" if one == MARKED and chosen else one,
        default=MARKED if chosen else ALL,
        required=True,
        key=form.field("split_how"),
        label_visibility="collapsed",
    )
    if how in (MARKED, TOGETHER) and not chosen:
        html.show("note", text="Mark events in the evidence first: the boxes left of its lines.")
        return
    {ALL: _all, WORST: _worst, MARKED: _marked, TOGETHER: _together}[how](form, chosen)


def _all(form: Form, chosen: Sequence[Event]) -> None:
    with st.form(form.field("split_form"), border=False):
        lines = [
            f"Each key of its {words.counted(form.incident.events_firing, 'firing event')} becomes "
            "an incident of its own; later events of a key go there.",
            f"#{form.number} ends, since nothing fires in it any more.",
            "Undo takes it back until one of them is worked on.",
        ]
        html.show("consequences", lines=lines)
        form.submit("split_send", "Open it up", lambda: _open_up(form, Part()), done=opened)


def _worst(form: Form, chosen: Sequence[Event]) -> None:
    def act() -> OpenedUp:
        return _open_up(form, Part(worst=int(form.value("split_worst") or 0)))

    with st.form(form.field("split_form"), border=False):
        st.number_input("How many keys", value=5, min_value=1, key=form.field("split_worst"))
        html.show(
            "consequences",
            lines=[
                "By severity, then impact: each becomes an incident of its own. The rest stays."
            ],
        )
        form.submit("split_send", "Take them out", act, done=opened)


def _marked(form: Form, chosen: Sequence[Event]) -> None:
    keys = tuple(dict.fromkeys(event.group_key for event in chosen))
    named = ", ".join(key_in_words(key) for key in keys[:5]) + (" …" if len(keys) > 5 else "")
    with st.form(form.field("split_form"), border=False):
        line = f"{words.counted(len(keys), 'key')} ({named}): each becomes an incident of its own."
        html.show("consequences", lines=[line, "All events of a key go along."])
        form.submit("split_send", "Take them out", lambda: _open_up(form, Part(keys)), done=opened)


def _together(form: Form, chosen: Sequence[Event]) -> None:
    def act() -> Incident:
        return form.service.split(
            form.number,
            session.actor(),
            event_ids=[event.event_id for event in chosen],
            title=form.value("split_title") or "",
            expect=form.seen,
        )

    with st.form(form.field("split_form"), border=False):
        html.show(
            "consequences",
            lines=[f"{words.counted(len(chosen), 'event')} become one incident of the same team."],
        )
        form.line("split_title", "Its title", "What these have in common")
        form.submit(
            "split_send",
            "Split them off",
            act,
            "split_title",
            lambda new: f"They are #{new.incident_id} now.",
        )


def opened(up: OpenedUp) -> str:
    """Return what came of opening an incident up, in words."""
    numbers, source = up.numbers, up.source
    if not numbers:
        return "Nothing left: what was meant has cleared meanwhile."
    which = f"#{numbers[0]}" if len(numbers) == 1 else f"#{numbers[0]} to #{numbers[-1]}"
    rest = (
        f"{words.counted(source.events_firing, 'event')} fire on in #{source.incident_id}"
        if source.state.is_open
        else f"#{source.incident_id} has ended"
    )
    return f"{words.counted(len(numbers), 'incident')} opened, {which}; {rest}."


def _open_up(form: Form, part: Part) -> OpenedUp:
    return form.service.open_up(
        form.number, session.actor(), part=part, monitors=form.desk.monitors, expect=form.seen
    )
