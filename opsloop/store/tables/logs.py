"""The two logs: the truth, append-only; and the texts, apart so that they can be redacted."""

from __future__ import annotations

import sqlalchemy as sa

from opsloop.store.columns import BigId, UtcDateTime
from opsloop.store.tables.base import metadata, one_of
from opsloop.types import ActorKind, Disposition, RefusalReason, Severity, State


def after_values() -> list[sa.Column[object]]:
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
        sa.Column("waiting_since", UtcDateTime),
        sa.Column("follow_up_every_s", sa.Integer),  # seconds of business time
        sa.Column("follow_ups", sa.Integer),
        sa.Column("import_id", sa.BigInteger),
    ]


# an imported row names its source among its origins; the incident keeps it
AFTER_VALUES = (*(column.name for column in after_values()), "source")

SUBJECT = (
    "reverses_batch_id",
    "corrects_log_id",
    "person",
    "minutes",
    "work_started_at",
    "escalation_id",
    "escalation_type",
    "escalation_class",
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
    *after_values(),
    sa.Column("person", sa.Text),
    sa.Column("minutes", sa.Double),
    sa.Column("work_started_at", UtcDateTime),
    sa.Column("escalation_id", sa.Text),
    sa.Column("escalation_type", sa.Text),
    sa.Column("escalation_class", sa.Text),
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
    one_of("actor_kind", ActorKind),
    one_of("state", State),
    one_of("severity", Severity),
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
    one_of("disposition", Disposition),
    sqlite_autoincrement=True,
)
sa.Index("ix_incident_event_log_incident_id", incident_event_log.c.incident_id)
sa.Index("ix_incident_event_log_entity_id", incident_event_log.c.entity_id)

# what people decided, for undoing it: sync writes most batches
IS_PERSONS = incident_log.c.actor_kind == sa.literal_column("'person'")
sa.Index(
    "ix_incident_log_batch_id",
    incident_log.c.batch_id,
    sqlite_where=IS_PERSONS,
    postgresql_where=IS_PERSONS,
)
# what balances a team's load: minutes worked, and whose turn it was
IS_WORK = incident_log.c.minutes.is_not(None)
sa.Index(
    "ix_incident_log_work",
    incident_log.c.person,
    incident_log.c.effective_at,
    sqlite_where=IS_WORK,
    postgresql_where=IS_WORK,
)
IS_ASSIGNED_BY_RULE = incident_log.c.assignee.is_not(None) & (
    incident_log.c.actor_kind != sa.literal_column("'person'")
)
sa.Index(
    "ix_incident_log_given",
    incident_log.c.assignee,
    incident_log.c.effective_at,
    sqlite_where=IS_ASSIGNED_BY_RULE,
    postgresql_where=IS_ASSIGNED_BY_RULE,
)
IS_SIMULATED = incident_log.c.via == sa.literal_column("'demo'")
sa.Index(
    "ix_incident_log_simulated",
    incident_log.c.seq,
    sqlite_where=IS_SIMULATED,
    postgresql_where=IS_SIMULATED,
)

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("text_id", sa.Text, primary_key=True),
    sa.Column("body", sa.Text),  # null once redacted
    sa.Column("redacted_at", UtcDateTime),
)

# What people wanted to do and were not let do. No incident's log: nothing happened to it, nobody's
# view of it is outdated, and nothing is replayed from it. Append-only like the logs.
refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("refusal_id", BigId, primary_key=True, autoincrement=True),
    sa.Column("refused_at", UtcDateTime, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("deed", sa.Text, nullable=False),
    sa.Column("incident_id", sa.BigInteger),  # as it was named: there may be none of that number
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("needs", sa.Text),  # the role, where that was the reason
    sa.Column("message", sa.Text, nullable=False),  # what the person was told
    one_of("reason", RefusalReason),
    sqlite_autoincrement=True,
)
