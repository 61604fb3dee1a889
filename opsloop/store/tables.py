"""The incident store's tables.

`incident_log` and `incident_event_log` are the truth and append-only. `incidents`, `events`,
`escalations`, `timers`, `links` and `claims` are projections of them, rebuilt by `store verify`.
`event_evidence` is a cache of the warehouse. `texts` holds what people wrote, apart, so that it can
be redacted. The rest is bookkeeping (`store_info`, `cursors`) and what people set here (`mutes`).
"""

from __future__ import annotations

import sqlalchemy as sa

from opsloop.store.columns import BigId, UtcDateTime
from opsloop.types import (
    SUPPRESSED,
    ActorKind,
    Disposition,
    Severity,
    State,
)

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, words: type) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{word}'" for word in words)  # type: ignore[attr-defined]
    return sa.CheckConstraint(f"{column} in ({allowed})", name=column)


def _after_values() -> list[sa.Column[object]]:
    """Return the columns that a log row may set and an incident carries."""
    return [
        sa.Column("monitor_id", sa.Text),
        sa.Column("entity_id", sa.Text),
        sa.Column("group_key", sa.Text),
        sa.Column("is_flood", sa.Boolean),
        sa.Column("state", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("assignee", sa.Text),
        sa.Column("assignment_kind", sa.Text),
        sa.Column("class", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("severity", sa.Text),
        sa.Column("impact", sa.Double),
        sa.Column("impact_unit", sa.Text),
        sa.Column("priority", sa.Text),
        sa.Column("priority_overridden", sa.Boolean),
        sa.Column("waiting_kind", sa.Text),
        sa.Column("waiting_on", sa.Text),
        sa.Column("waiting_reason", sa.Text),
        sa.Column("follow_up_at", UtcDateTime),
        sa.Column("snoozed_until", UtcDateTime),
        sa.Column("wake_events", sa.Integer),
        sa.Column("wake_share", sa.Double),
        sa.Column("all_clear_at", UtcDateTime),
        sa.Column("regression_of", sa.BigInteger),
        sa.Column("merged_into", sa.BigInteger),
        sa.Column("resolution_code", sa.Text),
        sa.Column("root_cause", sa.Text),
        sa.Column("accepted_until", UtcDateTime),
        sa.Column("opened_at", UtcDateTime),
        sa.Column("acknowledged_at", UtcDateTime),
        sa.Column("first_response_at", UtcDateTime),
        sa.Column("resolved_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("next_update_due_at", UtcDateTime),
        sa.Column("evidence_lost_at", UtcDateTime),
        sa.Column("monitor_gone_at", UtcDateTime),
        sa.Column("events_total", sa.Integer),
        sa.Column("events_firing", sa.Integer),
        sa.Column("policy_version", sa.Integer),
        sa.Column("calendar_version", sa.Integer),
        sa.Column("policy", sa.Text),
        sa.Column("found_by", sa.Text),
    ]


AFTER_VALUES = tuple(column.name for column in _after_values())

SUBJECT = (
    "reverses_batch_id",
    "corrects_log_id",
    "person",
    "minutes",
    "work_started_at",
    "escalation_id",
    "escalation_type",
    "to_kind",
    "to_id",
    "nudge_no",
    "other_incident_id",
    "link_kind",
    "item_id",
    "rule_id",
)

incident_log = sa.Table(
    "incident_log",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("log_id", sa.Text, nullable=False, unique=True),
    sa.Column("batch_id", sa.Text, nullable=False),
    sa.Column("reverses_batch_id", sa.Text),
    sa.Column("corrects_log_id", sa.Text),
    sa.Column("incident_id", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("decision_version", sa.Integer, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("effective_at", UtcDateTime, nullable=False),
    sa.Column("actor_kind", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("source_row", sa.Text),
    *_after_values(),
    sa.Column("person", sa.Text),
    sa.Column("minutes", sa.Double),
    sa.Column("work_started_at", UtcDateTime),
    sa.Column("escalation_id", sa.Text),
    sa.Column("escalation_type", sa.Text),
    sa.Column("to_kind", sa.Text),
    sa.Column("to_id", sa.Text),
    sa.Column("nudge_no", sa.Integer),
    sa.Column("other_incident_id", sa.BigInteger),
    sa.Column("link_kind", sa.Text),
    sa.Column("item_id", sa.Text),
    sa.Column("rule_id", sa.Text),
    sa.Column("text_id", sa.Text),
    sa.Column("payload", sa.Text),
    sa.UniqueConstraint("incident_id", "version"),
    _one_of("actor_kind", ActorKind),
    _one_of("state", State),
    _one_of("severity", Severity),
    sa.CheckConstraint("effective_at <= recorded_at", name="effective_before_recorded"),
    sqlite_autoincrement=True,
)

incident_event_log = sa.Table(
    "incident_event_log",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("log_id", sa.Text, nullable=False, unique=True),
    sa.Column("batch_id", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("incident_id", sa.BigInteger),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("monitor_id", sa.Text, nullable=False),
    sa.Column("entity_id", sa.Text, nullable=False),
    sa.Column("group_key", sa.Text, nullable=False),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("firing", sa.Boolean, nullable=False),
    sa.Column("severity", sa.Text),
    sa.Column("impact", sa.Double),
    sa.Column("occurred_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("cleared_at", UtcDateTime),
    sa.Column("cleared_reason", sa.Text),
    sa.Column("disposition", sa.Text, nullable=False),
    _one_of("disposition", Disposition),
    sqlite_autoincrement=True,
)
sa.Index("ix_incident_event_log_incident_id", incident_event_log.c.incident_id)

incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("incident_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("decision_version", sa.Integer, nullable=False),
    *_after_values(),
    sa.Column("text_id", sa.Text),
    sa.Column("touched_at", UtcDateTime),
    sa.Column("reopened_count", sa.Integer, nullable=False),
    sa.Column("escalations_total", sa.Integer, nullable=False),
    sa.Column("escalations_open", sa.Integer, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    _one_of("state", State),
    _one_of("severity", Severity),
)
sa.Index("ix_incidents_queue", incidents.c.state, incidents.c.priority, incidents.c.opened_at)
sa.Index("ix_incidents_team", incidents.c.team, incidents.c.state)
sa.Index(
    "ix_incidents_monitor", incidents.c.monitor_id, incidents.c.state, incidents.c.events_firing
)
sa.Index("ix_incidents_entity", incidents.c.entity_id)
# Sync asks at every turn for the few that are open, or over and still firing. Word for word as in
# the queries, since SQLite compares the conditions as written.
_ENDED: list[sa.ColumnElement[str]] = [
    sa.literal_column(f"'{state}'") for state in (State.RESOLVED, State.CLOSED)
]
IS_OPEN = incidents.c.state.not_in(_ENDED)
STILL_FIRES = incidents.c.state.in_(_ENDED) & (incidents.c.events_firing > sa.literal_column("0"))
IS_SNOOZED = incidents.c.state == sa.literal_column(f"'{State.SNOOZED}'")
# what people decided, for undoing it: sync writes most batches
IS_PERSONS = incident_log.c.actor_kind == sa.literal_column("'person'")
sa.Index(
    "ix_incident_log_batch_id",
    incident_log.c.batch_id,
    sqlite_where=IS_PERSONS,
    postgresql_where=IS_PERSONS,
)
IS_SIMULATED = incident_log.c.via == sa.literal_column("'demo'")
sa.Index(
    "ix_incident_log_simulated",
    incident_log.c.seq,
    sqlite_where=IS_SIMULATED,
    postgresql_where=IS_SIMULATED,
)
sa.Index(
    "ix_incidents_snoozed",
    incidents.c.incident_id,
    sqlite_where=IS_SNOOZED,
    postgresql_where=IS_SNOOZED,
)
sa.Index(
    "ix_incidents_open",
    incidents.c.monitor_id,
    incidents.c.incident_id,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)
sa.Index(
    "ix_incidents_still_firing",
    incidents.c.monitor_id,
    incidents.c.incident_id,
    sqlite_where=STILL_FIRES,
    postgresql_where=STILL_FIRES,
)
sa.Index(
    "ix_incidents_accepted",
    incidents.c.monitor_id,
    incidents.c.accepted_until,
    sqlite_where=incidents.c.accepted_until.is_not(None),
    postgresql_where=incidents.c.accepted_until.is_not(None),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("monitor_id", sa.Text, nullable=False),
    sa.Column("entity_id", sa.Text, nullable=False),
    sa.Column("group_key", sa.Text, nullable=False),
    sa.Column("incident_id", sa.BigInteger),
    sa.Column("disposition", sa.Text, nullable=False),
    sa.Column("firing", sa.Boolean, nullable=False),
    sa.Column("severity", sa.Text),
    sa.Column("impact", sa.Double),
    sa.Column("occurred_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("cleared_at", UtcDateTime),
    sa.Column("cleared_reason", sa.Text),
    sa.Column("is_lost", sa.Boolean, nullable=False),
    _one_of("disposition", Disposition),
)
sa.Index("ix_events_incident_id", events.c.incident_id)
sa.Index("ix_events_group_key", events.c.monitor_id, events.c.group_key)
sa.Index(
    "ix_events_firing",
    events.c.monitor_id,
    events.c.event_id,
    sqlite_where=events.c.firing,
    postgresql_where=events.c.firing,
)
_is_suppressed = events.c.firing & events.c.disposition.in_(
    [sa.literal_column(f"'{word}'") for word in SUPPRESSED]
)
sa.Index(
    "ix_events_suppressed",
    events.c.monitor_id,
    sqlite_where=_is_suppressed,
    postgresql_where=_is_suppressed,
)

event_evidence = sa.Table(
    "event_evidence",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("evidence", sa.Text, nullable=False),  # the row's evidence as a JSON object
    sa.Column("severity", sa.Text),  # as the warehouse has them now
    sa.Column("impact", sa.Double),
    sa.Column("owner", sa.Text),
    sa.Column("refreshed_at", UtcDateTime, nullable=False),
)

escalations = sa.Table(
    "escalations",
    metadata,
    sa.Column("escalation_id", sa.Text, primary_key=True),
    sa.Column("incident_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("escalation_type", sa.Text),
    sa.Column("to_kind", sa.Text, nullable=False),
    sa.Column("to_id", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("nudges", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("nudged_at", UtcDateTime),
)

timers = sa.Table(
    "timers",
    metadata,
    sa.Column("incident_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("incident_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("other_incident_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("link_kind", sa.Text, primary_key=True),
)
sa.Index("ix_links_other_incident_id", links.c.other_incident_id)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("monitor_id", sa.Text, primary_key=True),
    sa.Column("group_key", sa.Text, primary_key=True),
    sa.Column("incident_id", sa.BigInteger, nullable=False, index=True),
)

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("text_id", sa.Text, primary_key=True),
    sa.Column("body", sa.Text),  # null once redacted
    sa.Column("redacted_at", UtcDateTime),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("monitor_id", sa.Text, primary_key=True),
    sa.Column("generation", sa.Text, nullable=False),
    sa.Column("first_run", sa.BigInteger, nullable=False),  # of this generation, as sync met it
    sa.Column("applied_run", sa.BigInteger, nullable=False),  # every change up to here is applied
    sa.Column("deferred_run", sa.BigInteger),  # the first held run whose clears wait for a good one
    sa.Column("part_run", sa.BigInteger),  # the run being applied in chunks, and how far
    sa.Column("part_event_id", sa.Text),
    sa.Column("flood_run", sa.BigInteger),  # the run that was found to be a flood, and its incident
    sa.Column("flood_incident_id", sa.BigInteger),
    sa.Column("synced_at", UtcDateTime, nullable=False),
)

mutes = sa.Table(
    "mutes",
    metadata,
    sa.Column("mute_id", BigId, primary_key=True, autoincrement=True),
    sa.Column("monitor_id", sa.Text),  # null = every monitor
    sa.Column("entity_id", sa.Text),  # null = every entity
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_by", sa.Text),
    sqlite_autoincrement=True,
)

config_versions = sa.Table(
    "config_versions",
    metadata,
    sa.Column("config_version", BigId, primary_key=True, autoincrement=True),
    sa.Column("checksum", sa.Text, nullable=False, unique=True),
    sa.Column("body", sa.Text, nullable=False),  # the validated settings as JSON
    sa.Column("applied_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

store_info = sa.Table(
    "store_info",
    metadata,
    sa.Column("store_id", sa.Text, primary_key=True),
    sa.Column("lineage", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)
