"""What was refused to whom; waits that are followed up; the class of escalations."""

import sqlalchemy as sa
from alembic import op

from opsloop.store.columns import BigId, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns, the table of refusals, and the index of follow-ups."""
    for table in ("incident_log", "incidents"):
        op.add_column(table, sa.Column("waiting_since", UtcDateTime, nullable=True))
        for name in ("follow_up_every_s", "follow_ups"):
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=True))
    for table in ("incident_log", "escalations"):
        op.add_column(table, sa.Column("escalation_class", sa.Text(), nullable=True))
    where = sa.text("state = 'waiting' AND follow_up_at IS NOT NULL")
    op.create_index(
        "ix_incidents_follow_up",
        "incidents",
        ["follow_up_at", "incident_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "refusals",
        sa.Column("refusal_id", BigId, autoincrement=True, nullable=False),
        sa.Column("refused_at", UtcDateTime, nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reason in ('role', 'unknown_person', 'not_found', 'outdated', 'not_allowed')",
            name=op.f("ck_refusals_reason"),
        ),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_refusals")),
        sqlite_autoincrement=True,
    )
    make_append_only("refusals")


def make_append_only(table: str) -> None:
    """Let the database refuse every update and delete of the table's rows."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger {table}_no_{verb} before {verb} on {table} "
                f"begin select raise(abort, '{table} is append-only'); end"
            )
        return
    op.execute(
        f"create function {table}_is_append_only() returns trigger language plpgsql as "
        f"$$ begin raise exception '{table} is append-only'; end $$"
    )
    op.execute(
        f"create trigger {table}_append_only before update or delete or truncate on {table} "
        f"for each statement execute function {table}_is_append_only()"
    )
