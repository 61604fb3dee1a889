"""What the pages read. Live figures come from the store, the retro's from the serving copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from app.filters import NOBODY, Filters, Known
from app.project import Desk
from opsloop.errors import NotFound
from opsloop.service import utc_now
from opsloop.store import Store
from opsloop.types import IncidentDetail, QueueFilter, QueueItem, State

FACETS: Mapping[str, str] = {  # filter → the store's column
    "status": "state",
    "priority": "priority",
    "severity": "severity",
    "team": "team",
    "monitor": "monitor_id",
    "assignee": "assignee",
}

Counts = dict[str | None, int]


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the queue as it was at a moment.

    `has_former` and `has_next` say whether there are pages in front of it and behind it. `facets`
    counts, for each filter, what each of its values would show with the others as they are, and
    `to_ask_again` what waits with a follow-up that is due. `seq` is the place in the log that was
    read.
    """

    items: tuple[QueueItem, ...]
    has_former: bool
    has_next: bool
    matching: int
    to_ask_again: int
    facets: Mapping[str, Counts]
    seq: int
    read_at: datetime


def known(desk: Desk) -> Known:
    """Return the names that a filter may use."""
    teams, monitors, people = _ever_named(desk.store, desk.store.identity()[0])
    return Known(
        teams={*desk.config.teams, *teams},
        monitors={*desk.monitors, *monitors},
        people={*desk.config.people, *people},
    )


@st.cache_data(ttl=60, max_entries=4, show_spinner=False)
def _ever_named(_store: Store, store_id: str) -> tuple[set[str], set[str], set[str]]:
    """Return the teams, monitors and people of all incidents; a minute old at most."""
    return _store.names("team"), _store.names("monitor_id"), _store.names("assignee")


def queue(store: Store, filters: Filters, me: str) -> Queue:
    """Return one page of the queue with its counts."""
    seq = store.last_seq()  # read first: what comes meanwhile is told as news, not lost
    now = utc_now()
    wanted = filters.as_queue_filter(me, now)
    asked_again = replace(filters, follow_up="due").as_queue_filter(me, now)
    items, has_former, has_next = _page(store, wanted)
    return Queue(
        items=tuple(items),
        has_former=has_former,
        has_next=has_next,
        matching=store.count(wanted),
        to_ask_again=store.count(asked_again),
        facets={facet: _facet(store, filters, facet, me, now) for facet in FACETS},
        seq=seq,
        read_at=now,
    )


def _page(store: Store, wanted: QueueFilter) -> tuple[list[QueueItem], bool, bool]:
    """Return a page, and whether there are others in front of it and behind it.

    It is the first one where nothing lies behind the place any more, or less than a page in front.
    """
    found = store.queue(replace(wanted, limit=wanted.limit + 1))  # one more tells of the next page
    is_more = len(found) > wanted.limit
    if wanted.before and is_more:
        return found[1:], True, True
    if wanted.before or (wanted.after and not found):
        return _page(store, replace(wanted, after=None, before=None))
    return found[: wanted.limit], wanted.after is not None, is_more


@dataclass(frozen=True, slots=True)
class IncidentAsRead:
    """An incident as it was at a place in the log. Its events are read apart, page by page."""

    detail: IncidentDetail
    seq: int


def incident(store: Store, number: str) -> IncidentAsRead:
    """Return the incident that the URL names.

    Raises:
        NotFound: there is none, or this is no number.
    """
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        what = f"The address names no incident: {number[:40]!r} is no number."
        raise NotFound(what, "Open an incident from the queue.")
    seq = store.last_seq()
    return IncidentAsRead(store.detail(int(number), events_limit=0), seq)


def by_status(counts: Mapping[str | None, int]) -> dict[str, int]:
    """Return the counts of states, with those of the two groups "open" and "all"."""
    by_state = {state.value: counts.get(state.value, 0) for state in State}
    is_open = sum(by_state[state.value] for state in State if state.is_open)
    return {"open": is_open, **by_state, "all": sum(by_state.values())}


def by_assignee(counts: Mapping[str | None, int]) -> dict[str, int]:
    """Return the counts of assignees under the words of the filter."""
    return {NOBODY if name is None else name: count for name, count in counts.items()}


@st.cache_data(ttl=60, max_entries=4, show_spinner=False)
def is_demo(_store: Store, store_id: str) -> bool:
    """Return whether the desk's activity was simulated, at least in part."""
    return _store.is_simulated()


def _facet(store: Store, filters: Filters, facet: str, me: str, now: datetime) -> Counts:
    """Return the counts of one filter's values, with that filter itself set aside."""
    aside = "all" if facet == "status" else None
    others = replace(filters, **{facet: aside})  # type: ignore[arg-type]
    return store.counts(others.as_queue_filter(me, now), by=FACETS[facet])
