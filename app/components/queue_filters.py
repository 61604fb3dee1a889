"""The queue's filters, each with the counts of its values. The URL is where they live."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from app import words
from app.filters import ME, NOBODY, PLACES, PRIORITIES, STATUSES, Filters, Known, parse
from app.queries import Queue, by_assignee, by_status
from opsloop.store.orders import mark_of
from opsloop.types import Severity

ORDER_WORDS = {
    "priority": "Priority, then oldest",
    "due": "Next deadline",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "impact": "Largest impact",
    "updated": "Last changed",
}
_LAST = "queue_url"  # the filters of the last visit, for the way back from an incident
_DROPPED = "queue_dropped"
_RARE_STATUSES = ("waiting", "snoozed", "closed")  # shown once there are any


def from_url(known: Known) -> Filters:
    """Return the URL's filters; drop what is invalid from it and keep a note about that."""
    filters, dropped = parse(st.query_params.to_dict(), known)
    if dropped:
        st.session_state[_DROPPED] = dropped
        st.query_params.from_dict(filters.as_params())
    st.session_state[_LAST] = filters.as_params()
    return filters


def last_address() -> str:
    """Return the address, from any other page, of the queue as it was last looked at."""
    params = urlencode(st.session_state.get(_LAST, {}))
    return f"./?{params}" if params else "./"


def dropped_note() -> str | None:
    """Return what was dropped from the URL, once."""
    dropped = st.session_state.pop(_DROPPED, None)
    return f"Left out of the filters: {'; '.join(dropped)}." if dropped else None


def show(key: str, filters: Filters, queue: Queue, known: Known, me: str) -> None:
    """Show the filters with their counts; a change goes into the URL before the next drawing."""
    statuses = by_status(queue.facets["status"])
    shown = [one for one in STATUSES if one not in _RARE_STATUSES or statuses[one]]
    _pills(key, "status", _with(shown, filters.status), filters, statuses, str.capitalize)
    _pills(key, "priority", PRIORITIES, filters, queue.facets["priority"], str)
    _pills(key, "severity", tuple(Severity), filters, queue.facets["severity"], str.capitalize)
    teams = queue.facets["team"]
    if named := _most(teams, filters.team):
        _pills(key, "team", named, filters, teams, words.value_name)
    _select(key, "monitor", known.monitors, filters, queue.facets["monitor"], words.monitor_name)
    people = by_assignee(queue.facets["assignee"])
    people[ME] = people.get(me, 0)
    _select(key, "assignee", known.people, filters, people, str, first=(ME, NOBODY), label="Owner")
    if queue.to_ask_again or filters.follow_up:
        counts = {"due": queue.to_ask_again}
        _pills(key, "follow_up", ("due",), filters, counts, lambda _: "Ask again now")
    if filters.as_params().keys() - {"order", *PLACES}:
        st.button("Clear filters", key=f"{key}_clear", type="tertiary", on_click=_clear)


def show_search(key: str, filters: Filters) -> None:
    """Show the search over titles, entities and numbers."""
    st.session_state[f"{key}_search"] = filters.search or ""
    st.text_input(
        "Search",
        key=f"{key}_search",
        placeholder="Search title, entity or number",
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=_changed,
        args=(key, "search"),
    )


def show_order(key: str, filters: Filters) -> None:
    """Show what the queue is ordered by."""
    st.session_state[f"{key}_order"] = filters.order
    st.selectbox(
        "Order",
        list(ORDER_WORDS),
        format_func=lambda order: ORDER_WORDS[order],
        key=f"{key}_order",
        label_visibility="collapsed",
        on_change=_changed,
        args=(key, "order"),
    )


def show_pages(key: str, filters: Filters, queue: Queue) -> None:
    """Show the ways to the pages in front of this one and behind it, if there are any."""
    if not (queue.has_former or queue.has_next):
        return
    former = mark_of(queue.items[0], filters.order)
    following = mark_of(queue.items[-1], filters.order)
    ways: tuple[tuple[str, str, bool, dict[str, str]], ...] = (
        ("first", ":material/first_page: First", queue.has_former, {}),
        ("former", ":material/chevron_left: Previous", queue.has_former, {"before": former}),
        ("next", "Next :material/chevron_right:", queue.has_next, {"after": following}),
    )
    with st.container(horizontal=True, key=f"{key}_pages"):
        for name, label, is_open, place in ways:
            st.button(
                label,
                key=f"{key}_{name}",
                type="tertiary",
                disabled=not is_open,
                on_click=_turn_to,
                args=(place,),
            )


def _pills(
    key: str,
    name: str,
    values: Sequence[str],
    filters: Filters,
    counts: Mapping[str | None, int] | Mapping[str, int],
    said: Callable[[str], str],
) -> None:
    st.session_state[f"{key}_{name}"] = getattr(filters, name)
    st.pills(
        name.replace("_", " ").capitalize(),
        values,
        format_func=lambda value: f"{words.verbatim(said(value))} **{counts.get(value, 0):,}**",
        key=f"{key}_{name}",
        required=name == "status",
        on_change=_changed,
        args=(key, name),
    )


def _select(
    key: str,
    name: str,
    values: Collection[str],
    filters: Filters,
    counts: Mapping[str | None, int] | Mapping[str, int],
    said: Callable[[str], str],
    first: Sequence[str] = (),
    label: str | None = None,
) -> None:
    found = sorted(set(values), key=lambda value: (-counts.get(value, 0), value))
    st.session_state[f"{key}_{name}"] = getattr(filters, name)
    st.selectbox(
        label or name.capitalize(),
        [None, *first, *found],
        format_func=lambda value: (
            "Any" if value is None else f"{said(value)}  ·  {counts.get(value, 0):,}"
        ),
        key=f"{key}_{name}",
        placeholder="Any",
        on_change=_changed,
        args=(key, name),
    )


def _changed(key: str, name: str) -> None:
    """Write a widget's new value into the URL; another filter begins at the first page."""
    params = _without_place()
    value = st.session_state[f"{key}_{name}"]
    params.pop(name, None)
    if value not in (None, "", getattr(Filters(), name)):
        params[name] = str(value)
    st.query_params.from_dict(params)


def _turn_to(place: Mapping[str, str]) -> None:
    """Write into the URL where the page begins or ends."""
    st.query_params.from_dict({**_without_place(), **place})


def _without_place() -> dict[str, str]:
    return {name: text for name, text in st.query_params.to_dict().items() if name not in PLACES}


def _clear() -> None:
    order = st.query_params.get("order")
    st.query_params.from_dict({"order": order} if order else {})


def _with(values: Sequence[str], chosen: str | None) -> list[str]:
    return [*values] if chosen is None or chosen in values else [*values, chosen]


def _most(counts: Mapping[str | None, int], chosen: str | None) -> list[str]:
    return _with([name for name in counts if name], chosen)
