"""The queue's filters as the URL carries them. Pure: parameters in, filters and complaints out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from opsloop.store.orders import ORDERS, is_mark
from opsloop.types import OPEN_STATES, QueueFilter, Severity, State

PAGE_SIZE = 50
PRIORITIES = ("P1", "P2", "P3", "P4")
ME, NOBODY = "me", "nobody"
STATUSES: Mapping[str, tuple[State, ...] | None] = {
    "open": OPEN_STATES,
    **{state.value: (state,) for state in State},
    "all": None,
}
PLACES = ("after", "before")
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Known:
    """The names that filters may use: those of the settings and those of the store."""

    teams: Collection[str]
    monitors: Collection[str]
    people: Collection[str]


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the queue is shown. Each field is a parameter of the URL; a default is left out."""

    status: str = "open"
    priority: str | None = None
    severity: str | None = None
    team: str | None = None
    monitor: str | None = None
    assignee: str | None = None  # "me", "nobody" or a person
    search: str | None = None
    follow_up: str | None = None  # "due": waits, and is to be asked again by now
    order: str = "priority"
    after: str | None = None  # a place in the order: the page behind it
    before: str | None = None  # the page in front of it

    def as_params(self) -> dict[str, str]:
        """Return the URL's parameters for these filters."""
        return {
            field.name: str(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    def as_queue_filter(self, me: str, now: datetime) -> QueueFilter:
        """Return what to ask the store for; `me` is the person who looks, at `now`."""
        assignee = {ME: me, NOBODY: ""}.get(self.assignee or "", self.assignee)
        return QueueFilter(
            states=STATUSES[self.status],
            team=self.team,
            assignee=assignee,
            monitor_id=self.monitor,
            severity=Severity(self.severity) if self.severity else None,
            priority=self.priority,
            search=self.search,
            follow_up_by=now if self.follow_up else None,
            order=self.order,
            limit=PAGE_SIZE,
            after=self.after,
            before=self.before,
        )


def parse(params: Mapping[str, str], known: Known) -> tuple[Filters, list[str]]:
    """Return the filters of a URL, and a sentence for each parameter that was dropped."""
    allowed: dict[str, Collection[str]] = {
        "status": STATUSES,
        "priority": PRIORITIES,
        "severity": tuple(Severity),
        "team": known.teams,
        "monitor": known.monitors,
        "assignee": {ME, NOBODY, *known.people},
        "follow_up": ("due",),
        "order": ORDERS,
    }
    values = asdict(Filters())
    dropped = [f"{_short(name)} is no filter" for name in params if name not in values]
    for name, words in allowed.items():
        if name not in params:
            continue
        if params[name] in words:
            values[name] = params[name]
        else:
            dropped.append(f"{name} {_short(params[name])} does not exist")
    dropped += _parse_place(params, values)
    dropped += _parse_search(params, values)
    return Filters(**values), dropped


def _parse_place(params: Mapping[str, str], values: dict[str, object]) -> Iterator[str]:
    """Take over where the page begins or ends, if that is a place in the order; not both."""
    named = [name for name in PLACES if name in params]
    for name in named:
        if len(named) == 1 and is_mark(str(values["order"]), params[name]):
            values[name] = params[name]
        else:
            yield f"{name} {_short(params[name])} is no place in the queue"


def _parse_search(params: Mapping[str, str], values: dict[str, object]) -> Iterator[str]:
    text = params.get("search", "").strip()
    values["search"] = text[:LONGEST_SEARCH] or None
    if len(text) > LONGEST_SEARCH:
        yield f"the search was cut at {LONGEST_SEARCH} characters"


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
