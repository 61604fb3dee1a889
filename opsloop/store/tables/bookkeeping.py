"""Settings in force, what people set in the store, and bookkeeping."""

from __future__ import annotations

import sqlalchemy as sa

from opsloop.store.columns import BigId, UtcDateTime
from opsloop.store.tables.base import metadata

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
    sa.Column("entity_id", sa.Text),  # or a pattern; null = every entity
    sa.Column("evidence", sa.Text),  # values by column, as JSON; null = whatever the evidence
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_by", sa.Text),
    sqlite_autoincrement=True,
)

# what held an event back, each that did; it stays when the event is held back no more
held_events = sa.Table(
    "held_events",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("disposition", sa.Text, primary_key=True),
    sa.Column("held_by", sa.Text, primary_key=True),  # a mute's id, a window, an incident's number
    sa.Column("until", UtcDateTime),  # null = the mute's end, or the inhibiting incident's
)
sa.Index("ix_held_events_held_by", held_events.c.disposition, held_events.c.held_by)

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
    # the settings in force
    sa.Column("config_version", sa.Integer),
    sa.Column("policy_version", sa.Integer),
    sa.Column("calendar_version", sa.Integer),
)

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("policy_version", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("checksum", sa.Text, nullable=False, unique=True),
    sa.Column("body", sa.Text, nullable=False),  # the service levels by name, as JSON
    sa.Column("applied_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

calendars = sa.Table(
    "calendars",
    metadata,
    sa.Column("calendar_version", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("checksum", sa.Text, nullable=False, unique=True),
    sa.Column("body", sa.Text, nullable=False),  # rules by name, and each team's, as JSON
    sa.Column("first_day", sa.Text, nullable=False),  # between these dates they are known
    sa.Column("last_day", sa.Text, nullable=False),
    sa.Column("applied_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

calendar_intervals = sa.Table(
    "calendar_intervals",
    metadata,
    sa.Column("calendar_version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("calendar", sa.Text, primary_key=True),
    sa.Column("starts_at", UtcDateTime, primary_key=True),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("open_before_s", sa.BigInteger, nullable=False),
)

absences = sa.Table(
    "absences",
    metadata,
    sa.Column("absence_id", BigId, primary_key=True, autoincrement=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_by", sa.Text),
    sqlite_autoincrement=True,
)

# texts that people are writing, so that a closed browser loses none; dropped once they are sent
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("incident_id", sa.BigInteger, primary_key=True, autoincrement=False),  # 0 = of none
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)
sa.Index("ix_drafts_updated_at", drafts.c.updated_at)
