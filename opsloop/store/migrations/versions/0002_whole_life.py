"""What the whole life of an incident needs: service levels, who found it, nudges, timers, links, undo."""

import sqlalchemy as sa
from alembic import op

from opsloop.store.columns import UtcDateTime

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
    is_persons = sa.text("actor_kind = 'person'")
    op.create_index(
        "ix_incident_log_batch_id",
        "incident_log",
        ["batch_id"],
        sqlite_where=is_persons,
        postgresql_where=is_persons,
    )
