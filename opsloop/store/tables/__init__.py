"""The incident store's tables.

`incident_log` and `incident_event_log` are the truth and append-only. `incidents`, `events`,
`clocks`, `escalations`, `timers`, `links` and `claims` are projections of them, rebuilt by `store
verify`.
`event_evidence` is a cache of the warehouse. `texts` holds what people wrote, apart, so that it can
be redacted. `refusals` holds what people were not let do. `improvement_log` and `retrospective_log`
are the truth of `improvements`, `retrospectives` and their items; `improvement_verdicts` and
`rule_changes` only grow. The rest is bookkeeping (`store_info`,
`cursors`, `held_events`) and what people set here (`mutes`).
"""

from opsloop.store.tables.base import metadata
from opsloop.store.tables.bookkeeping import (
    absences,
    calendar_intervals,
    calendars,
    config_versions,
    counters,
    cursors,
    drafts,
    held_events,
    mutes,
    policies,
    store_info,
)
from opsloop.store.tables.imports import import_cases, import_rejects, imports
from opsloop.store.tables.improving import (
    improvement_log,
    improvement_verdicts,
    improvements,
    retrospective_items,
    retrospective_log,
    retrospectives,
    rule_changes,
)
from opsloop.store.tables.logs import (
    AFTER_VALUES,
    IS_ASSIGNED_BY_RULE,
    IS_PERSONS,
    IS_SIMULATED,
    IS_WORK,
    SUBJECT,
    incident_event_log,
    incident_log,
    refusals,
    texts,
)
from opsloop.store.tables.projections import (
    IS_FOLLOWED_UP,
    IS_LIVE,
    IS_OPEN,
    IS_SNOOZED,
    IS_SOMEBODYS,
    IS_UNANSWERED,
    PRESSING,
    RUNS,
    STILL_FIRES,
    claims,
    clocks,
    escalations,
    event_evidence,
    events,
    incidents,
    links,
    timers,
)

__all__ = [
    "AFTER_VALUES",
    "IS_ASSIGNED_BY_RULE",
    "IS_FOLLOWED_UP",
    "IS_LIVE",
    "IS_OPEN",
    "IS_PERSONS",
    "IS_SIMULATED",
    "IS_SNOOZED",
    "IS_SOMEBODYS",
    "IS_UNANSWERED",
    "IS_WORK",
    "PRESSING",
    "RUNS",
    "STILL_FIRES",
    "SUBJECT",
    "absences",
    "calendar_intervals",
    "calendars",
    "claims",
    "clocks",
    "config_versions",
    "counters",
    "cursors",
    "drafts",
    "escalations",
    "event_evidence",
    "events",
    "held_events",
    "import_cases",
    "import_rejects",
    "imports",
    "improvement_log",
    "improvement_verdicts",
    "improvements",
    "incident_event_log",
    "incident_log",
    "incidents",
    "links",
    "metadata",
    "mutes",
    "policies",
    "refusals",
    "retrospective_items",
    "retrospective_log",
    "retrospectives",
    "rule_changes",
    "store_info",
    "texts",
    "timers",
]
