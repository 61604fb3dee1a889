"""What the whole life of an incident needs: service levels, who found it, nudges, timers, links, undo."""

import sqlalchemy as sa
from alembic import op

from opsloop.store.columns import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, the tables of running timers and links, and the index for undoing a batch."""
    for table in ("incident_log", "incidents"):
        op.add_column(table, sa.Column("policy", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("found_by", sa.Text(), nullable=True))
    nudges = sa.Column("nudges", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("escalations", nudges)
    op.add_column("escalations", sa.Column("nudged_at", UtcDateTime, nullable=True))
    op.add_column("escalations", sa.Column("rule_id", sa.Text(), nullable=True))
    for name in ("last_act_at", "questioned_at"):
        op.add_column("incidents", sa.Column(name, UtcDateTime, nullable=True))
    fill_last_acts()
    op.create_table(
        "timers",
        sa.Column("incident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "person", name=op.f("pk_timers")),
    )
    op.create_table(
        "links",
        sa.Column("incident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("other_incident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("link_kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "incident_id", "other_incident_id", "link_kind", name=op.f("pk_links")
        ),
    )
    op.create_index("ix_links_other_incident_id", "links", ["other_incident_id"], unique=False)
    op.execute(
        """insert into links (incident_id, other_incident_id, link_kind)
        select distinct incident_id, other_incident_id, link_kind
        from incident_log where action = 'linked'"""
    )
    add_clocks()
    add_people()
    index_what_time_brings()
    add_suppressions()
    is_persons = sa.text("actor_kind = 'person'")
    op.create_index(
        "ix_incident_log_batch_id",
        "incident_log",
        ["batch_id"],
        sqlite_where=is_persons,
        postgresql_where=is_persons,
    )


def add_clocks() -> None:
    """Add service levels and calendars by version, and the clocks that are computed by them."""
    for name in ("config_version", "policy_version", "calendar_version"):
        op.add_column("store_info", sa.Column(name, sa.Integer(), nullable=True))
    for table, key, more in (
        ("policies", "policy_version", ()),
        ("calendars", "calendar_version", ("first_day", "last_day")),
    ):
        op.create_table(
            table,
            sa.Column(key, sa.Integer(), autoincrement=True, nullable=False),
            sa.Column("checksum", sa.Text(), nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
            *(sa.Column(name, sa.Text(), nullable=False) for name in more),
            sa.Column("applied_at", UtcDateTime, nullable=False),
            sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("checksum", name=op.f(f"uq_{table}_checksum")),
            sqlite_autoincrement=True,
        )
    op.create_table(
        "calendar_intervals",
        sa.Column("calendar_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("open_before_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "calendar_version", "calendar", "starts_at", name=op.f("pk_calendar_intervals")
        ),
    )
    moments = (
        "running_since",
        "due_at",
        "meets_until",
        "nearing_at",
        "paused_since",
        "stopped_at",
        "breached_at",
        "changed_at",
    )
    op.create_table(
        "clocks",
        sa.Column("incident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("target_s", sa.BigInteger(), nullable=False),
        sa.Column("consumed_s", sa.BigInteger(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("calendar_version", sa.Integer(), nullable=True),
        *(sa.Column(name, UtcDateTime, nullable=True) for name in moments),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("incident_id", "target", name=op.f("pk_clocks")),
    )
    never = sa.text("'9999-12-31 00:00:00.000000'")
    op.add_column(
        "incidents", sa.Column("due_at", UtcDateTime, nullable=False, server_default=never)
    )
    op.create_index(
        "ix_incidents_due", "incidents", ["team", "due_at", "incident_id"], unique=False
    )


def add_people() -> None:
    """Add who is away, and the indexes by which a team's load is balanced."""
    op.create_table(
        "absences",
        sa.Column("absence_id", BigId, autoincrement=True, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("absence_id", name=op.f("pk_absences")),
        sqlite_autoincrement=True,
    )
    for name, columns, condition in (
        ("work", ["person", "effective_at"], "minutes IS NOT NULL"),
        (
            "given",
            ["assignee", "effective_at"],
            "assignee IS NOT NULL AND actor_kind != 'person'",
        ),
    ):
        where = sa.text(condition)
        op.create_index(
            f"ix_incident_log_{name}",
            "incident_log",
            columns,
            sqlite_where=where,
            postgresql_where=where,
        )


def add_suppressions() -> None:
    """Add mutes by evidence, and what held each event back; for what is muted now, by whom."""
    op.add_column("mutes", sa.Column("evidence", sa.Text(), nullable=True))
    op.create_table(
        "held_events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("until", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("event_id", "disposition", "held_by", name=op.f("pk_held_events")),
    )
    op.create_index("ix_held_events_held_by", "held_events", ["disposition", "held_by"])
    op.execute(
        """insert into held_events (event_id, disposition, held_by)
        select events.event_id, 'muted', cast(mutes.mute_id as text)
        from events
        inner join mutes
            on coalesce(mutes.monitor_id, events.monitor_id) = events.monitor_id
            and coalesce(mutes.entity_id, events.entity_id) = events.entity_id
            and mutes.ends_at > events.started_at
        where events.firing and events.disposition = 'muted'"""
    )


def fill_last_acts() -> None:
    """Say of each incident when a person last acted on it."""
    op.execute(
        """update incidents set last_act_at = (
            select max(log.effective_at) from incident_log as log
            where log.incident_id = incidents.incident_id and log.actor_kind = 'person'
            and log.version = (
                select max(latest.version) from incident_log as latest
                where latest.incident_id = log.incident_id and latest.actor_kind = 'person'
            )
        )"""
    )


def index_what_time_brings() -> None:
    """Index what is looked at when time alone may have brought something about."""
    for table, name, columns, condition in (
        ("clocks", "nearing", ["nearing_at", "incident_id"], "due_at IS NOT NULL"),
        ("escalations", "unanswered", ["asked_at", "incident_id"], "answered_at IS NULL"),
        (
            "incidents",
            "quiet",
            ["last_act_at", "incident_id"],
            "state = 'active' AND last_act_at IS NOT NULL",
        ),
    ):
        where = sa.text(condition)
        op.create_index(
            f"ix_{table}_{name}", table, columns, sqlite_where=where, postgresql_where=where
        )
