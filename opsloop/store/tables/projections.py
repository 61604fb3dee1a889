"""What is made of the logs: written with their rows, rebuilt by `store verify`."""

from __future__ import annotations

import sqlalchemy as sa

from opsloop.store.columns import UtcDateTime
from opsloop.store.tables.base import metadata, one_of
from opsloop.store.tables.logs import after_values
from opsloop.types import SUPPRESSED, Disposition, Severity, State

incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("incident_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("decision_version", sa.Integer, nullable=False),
    *after_values(),
    sa.Column("source", sa.Text),  # the log it was imported from; null = it lived here
    sa.Column("text_id", sa.Text),
    sa.Column("touched_at", UtcDateTime),
    sa.Column("last_act_at", UtcDateTime),
    sa.Column("questioned_at", UtcDateTime),
    sa.Column("reopened_count", sa.Integer, nullable=False),
    sa.Column("escalations_total", sa.Integer, nullable=False),
    sa.Column("escalations_open", sa.Integer, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    # the earliest deadline of its clocks; the year 9999 while none runs, so that it sorts last
    sa.Column(
        "due_at",
        UtcDateTime,
        nullable=False,
        server_default=sa.text("'9999-12-31 00:00:00.000000'"),
    ),
    one_of("state", State),
    one_of("severity", Severity),
)
# what has no priority comes behind all that has one, on every engine
PRESSING = sa.func.coalesce(incidents.c.priority, sa.literal_column("'P9'"))
sa.Index(
    "ix_incidents_monitor", incidents.c.monitor_id, incidents.c.state, incidents.c.events_firing
)
sa.Index("ix_incidents_due", incidents.c.team, incidents.c.due_at, incidents.c.incident_id)
sa.Index("ix_incidents_entity", incidents.c.entity_id)
# what was imported is history: nothing here waits for it
IS_LIVE = incidents.c.source.is_(None)
for _name, _columns in (
    ("pressing", (incidents.c.state, PRESSING, incidents.c.opened_at, incidents.c.incident_id)),
    ("team", (incidents.c.team, incidents.c.state)),
    ("assignee", (incidents.c.assignee, incidents.c.state)),
    ("opened", (incidents.c.opened_at, incidents.c.incident_id)),
    ("updated", (incidents.c.updated_at, incidents.c.incident_id)),
):
    sa.Index(f"ix_incidents_{_name}", *_columns, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE)
IS_IMPORTED = incidents.c.source.is_not(None)
sa.Index(
    "ix_incidents_source",
    incidents.c.source,
    incidents.c.import_id,
    incidents.c.incident_id,
    sqlite_where=IS_IMPORTED,
    postgresql_where=IS_IMPORTED,
)
# Sync asks at every turn for the few that are open, or over and still firing. Word for word as in
# the queries, since SQLite compares the conditions as written.
_ENDED: list[sa.ColumnElement[str]] = [
    sa.literal_column(f"'{state}'") for state in (State.RESOLVED, State.CLOSED)
]
IS_OPEN = incidents.c.state.not_in(_ENDED)
STILL_FIRES = incidents.c.state.in_(_ENDED) & (incidents.c.events_firing > sa.literal_column("0"))
IS_SNOOZED = incidents.c.state == sa.literal_column(f"'{State.SNOOZED}'")
sa.Index(
    "ix_incidents_snoozed",
    incidents.c.incident_id,
    sqlite_where=IS_SNOOZED,
    postgresql_where=IS_SNOOZED,
)
sa.Index(
    "ix_incidents_open_due",
    incidents.c.team,
    incidents.c.due_at,
    incidents.c.incident_id,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
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
    one_of("disposition", Disposition),
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
    sa.Column("escalation_class", sa.Text),
    sa.Column("to_kind", sa.Text, nullable=False),
    sa.Column("to_id", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("answered_by", sa.Text),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("nudges", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("nudged_at", UtcDateTime),
    sa.Column("rule_id", sa.Text),
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

clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("incident_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("calendar", sa.Text, nullable=False),
    sa.Column("target_s", sa.BigInteger, nullable=False),
    sa.Column("consumed_s", sa.BigInteger, nullable=False),
    sa.Column("policy_version", sa.Integer),
    sa.Column("calendar_version", sa.Integer),
    sa.Column("running_since", UtcDateTime),
    sa.Column("due_at", UtcDateTime),
    sa.Column("meets_until", UtcDateTime),
    sa.Column("nearing_at", UtcDateTime),
    sa.Column("paused_since", UtcDateTime),
    sa.Column("stopped_at", UtcDateTime),
    sa.Column("breached_at", UtcDateTime),
    sa.Column("changed_at", UtcDateTime),
    sa.Column("outcome", sa.Text),
)
RUNS = clocks.c.due_at.is_not(None)
sa.Index(
    "ix_clocks_nearing",
    clocks.c.nearing_at,
    clocks.c.incident_id,
    sqlite_where=RUNS,
    postgresql_where=RUNS,
)
IS_UNANSWERED = escalations.c.answered_at.is_(None)
sa.Index(
    "ix_escalations_unanswered",
    escalations.c.asked_at,
    escalations.c.incident_id,
    sqlite_where=IS_UNANSWERED,
    postgresql_where=IS_UNANSWERED,
)
IS_SOMEBODYS = (incidents.c.state == sa.literal_column("'active'")) & (
    incidents.c.last_act_at.is_not(None)
)
sa.Index(
    "ix_incidents_quiet",
    incidents.c.last_act_at,
    incidents.c.incident_id,
    sqlite_where=IS_SOMEBODYS,
    postgresql_where=IS_SOMEBODYS,
)
IS_FOLLOWED_UP = (incidents.c.state == sa.literal_column("'waiting'")) & (
    incidents.c.follow_up_at.is_not(None)
)
sa.Index(
    "ix_incidents_follow_up",
    incidents.c.follow_up_at,
    incidents.c.incident_id,
    sqlite_where=IS_FOLLOWED_UP,
    postgresql_where=IS_FOLLOWED_UP,
)
