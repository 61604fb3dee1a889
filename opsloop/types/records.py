"""The records that every other module shares. Frozen, and free of I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsloop.clocks import Clock

from opsloop.types.words import (
    OPEN_STATES,
    Action,
    ActorKind,
    Disposition,
    Kind,
    RefusalReason,
    Severity,
    State,
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through what.

    `via` is the door: "app", "cli", "sync", "demo".
    """

    kind: ActorKind
    id: str
    via: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as the log leaves it: the fold of its rows, nothing more.

    Times are UTC. `impact` is the sum over firing events as last recorded, in `impact_unit`; once
    nothing fires it keeps the last value.
    """

    incident_id: int
    version: int
    decision_version: int
    state: State
    opened_at: datetime
    monitor_id: str | None = None
    entity_id: str | None = None
    group_key: str | None = None
    text_id: str | None = None  # of the title
    is_flood: bool = False
    team: str | None = None
    assignee: str | None = None
    assignment_kind: str | None = None  # "manual" or "rule"
    class_: str | None = None
    type: str | None = None
    severity: Severity | None = None
    impact: float | None = None
    impact_unit: str | None = None
    priority: str | None = None
    priority_overridden: bool | None = None
    policy: str | None = None  # the service level whose clocks run
    found_by: str | None = None  # who noticed it, if no monitor did
    waiting_kind: str | None = None
    waiting_on: str | None = None
    waiting_reason: str | None = None
    waiting_since: datetime | None = None
    follow_up_at: datetime | None = None  # when to ask whom it waits on, next
    follow_up_every_s: int | None = None  # business time from one follow-up to the next
    follow_ups: int | None = None  # made in this wait
    snoozed_until: datetime | None = None
    wake_events: int | None = None
    wake_share: float | None = None
    all_clear_at: datetime | None = None
    regression_of: int | None = None
    merged_into: int | None = None
    resolution_code: str | None = None
    root_cause: str | None = None
    accepted_until: datetime | None = None
    acknowledged_at: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    next_update_due_at: datetime | None = None
    evidence_lost_at: datetime | None = None
    monitor_gone_at: datetime | None = None
    events_total: int = 0
    events_firing: int = 0
    policy_version: int | None = None
    calendar_version: int | None = None
    touched_at: datetime | None = None  # a person's first row since the last (re)open
    last_act_at: datetime | None = None  # of a person
    questioned_at: datetime | None = None  # since a person last acted
    source: str | None = None  # the other system's log that it was imported from
    import_id: int | None = None
    reopened_count: int = 0
    escalations_total: int = 0
    escalations_open: int = 0
    updated_at: datetime | None = None  # recorded_at of the last row


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the store last applied it; the fold of its rows in the incident event log."""

    event_id: str
    monitor_id: str
    entity_id: str
    group_key: str
    disposition: Disposition
    firing: bool
    occurred_at: datetime
    started_at: datetime
    incident_id: int | None = None
    severity: Severity | None = None
    impact: float | None = None
    cleared_at: datetime | None = None
    cleared_reason: str | None = None
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """One question to somebody outside the incident's owner, and its answer."""

    escalation_id: str
    incident_id: int
    escalation_type: str | None
    to_kind: str  # person, team or outside
    to_id: str
    asked_by: str
    asked_at: datetime
    escalation_class: str | None = None  # one of CLASSES; None = not said
    rule_id: str | None = None  # which rule asked, if no person did
    nudges: int = 0
    nudged_at: datetime | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One row to be written to an incident's log, before it has a version and a place.

    Args:
        action: what happened.
        effective_at: when it happened, UTC; never after it is recorded.
        after: after-values by column of the log; absent = unchanged.
        subject: what else the row is about, by column of the log (escalation_id, rule_id, …).
        text: a comment, reason or title; kept apart from the log so that it can be redacted.
        is_decision: whether the row moves `decision_version`.
        payload: notes for people, never read by rules or models.
    """

    action: Action
    effective_at: datetime
    after: Mapping[str, Any] = field(default_factory=dict)
    subject: Mapping[str, Any] = field(default_factory=dict)
    text: str | None = None
    is_decision: bool = True
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ImpactBands:
    """From which impact on an incident of a monitor is major, and from which moderate.

    Both are in the monitor's impact unit and belong to the band that they begin; `moderate` is
    below `major`.
    """

    major: float
    moderate: float


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of the warehouse. `database` is null where the engine has one only."""

    schema: str
    identifier: str
    database: str | None = None


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor as its model's YAML defines it, defaults filled in, validated.

    `id` is what the log knows it by and never changes; `name` is the model's name today. `worse_by`
    is a share (0.5 = half again). `title` and `group_title` are Python format templates.
    """

    id: str
    name: str
    kind: Kind
    entity: str
    owner: str
    severity: Severity
    title: str
    relation: Relation
    description: str = ""
    file: str = ""
    previously: tuple[str, ...] = ()
    impact_unit: str | None = None
    group_by: tuple[str, ...] = ("entity_id",)
    group_title: str | None = None
    runbook: str | None = None
    class_: str = "exception"
    type: str = ""
    maintainers: str | None = None
    population_model: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    fresh_within: timedelta | None = None
    reopen_within: timedelta = timedelta(days=7)
    verify_within: timedelta = timedelta(days=1)
    worse_by: float = 0.5
    on_clear: str = "resolve"
    max_new_incidents: int = 100
    max_new_incidents_first_run: int = 20
    impact_bands: ImpactBands | None = None


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the incident log as readers see it; `after` holds only what the row set."""

    seq: int
    log_id: str
    batch_id: str
    incident_id: int
    version: int
    decision_version: int
    action: Action
    recorded_at: datetime
    effective_at: datetime
    actor: Actor
    after: Mapping[str, Any]
    subject: Mapping[str, Any]
    text: str | None
    payload: Mapping[str, Any] | None
    text_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What somebody wanted to do and was not let do.

    Args:
        deed: what they wanted, a word of `opsloop.roles.Deed`.
        incident_id: the incident that they named, which need not exist; None for none.
        needs: the role that it needs, where that was the reason.
        message: what they were told.
    """

    refused_at: datetime
    actor: Actor
    deed: str
    reason: RefusalReason
    message: str
    incident_id: int | None = None
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class EventView:
    """An event with its evidence as the warehouse last had it."""

    event: Event
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One line of the queue; `due_at` is the earliest deadline of the clocks that run."""

    incident: Incident
    title: str
    due_at: datetime | None = None
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """Everything an incident's page shows. `events` is cut at the limit asked for."""

    incident: Incident
    title: str
    events: tuple[EventView, ...]
    log: tuple[LogRow, ...]
    escalations: tuple[Escalation, ...]
    related: tuple[QueueItem, ...]  # other incidents of the same entities, newest first
    links: tuple[tuple[int, int, str], ...] = ()  # from, to, kind; both ways
    timers: Mapping[str, datetime] = field(default_factory=dict)  # running: who, since when
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What of the queue to show; None = everything. `search` matches title, entity and number.

    `after` is a place in the order, from `opsloop.store.orders.mark_of`: what comes behind it is
    shown; of `before`, what comes in front of it, as far as it is nearest. That costs the same
    wherever it is; `offset` costs more the further one turns.
    """

    states: tuple[State, ...] | None = OPEN_STATES
    team: str | None = None
    assignee: str | None = None  # "" = nobody
    monitor_id: str | None = None
    severity: Severity | None = None
    priority: str | None = None
    entity_id: str | None = None
    search: str | None = None
    source: str | None = None  # None = what lives here; else what was imported from there
    follow_up_by: datetime | None = None  # waits, and is to be asked again by then
    order: str = "priority"  # or: due, newest, oldest, impact, updated
    limit: int = 50
    offset: int = 0
    after: str | None = None
    before: str | None = None
