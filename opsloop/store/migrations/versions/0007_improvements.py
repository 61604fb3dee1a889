"""Improvements with their verdicts, changes of rules, and retrospectives."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from opsloop.store.columns import BigId, UtcDateTime

revision = "0007"
down_revision = "0005"

_APPEND_ONLY = ("improvement_log", "improvement_verdicts", "rule_changes", "retrospective_log")


def upgrade() -> None:
    """Add their tables, and let four of them only grow."""
    _add_improvements()
    _add_verdicts()
    _add_rule_changes()
    _add_retrospectives()
    for table in _APPEND_ONLY:
        make_append_only(table)


def _add_improvements() -> None:
    op.create_table(
        "improvement_log",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("improvement_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        *_registered(is_row=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("text_id", sa.Text(), nullable=True),
        _one_of("improvement_log", "step", ("opened", "started", "moved", "finished", "dropped")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_improvement_log")),
        sa.UniqueConstraint(
            "improvement_id", "version", name=op.f("uq_improvement_log_improvement_id_version")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "improvements",
        sa.Column("improvement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        *_registered(is_row=False),
        sa.Column("late_moves", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        _one_of("improvements", "stage", ("proposed", "running", "done", "dropped")),
        sa.PrimaryKeyConstraint("improvement_id", name=op.f("pk_improvements")),
    )


def _registered(*, is_row: bool) -> list[sa.Column[Any]]:
    needed = ("stage", "owner", "title_id", "dimension", "dimension_value", "metric")
    free = ("team", "hypothesis_id", "start_day", "control_dimension", "control_value")
    return [
        *(sa.Column(name, sa.Text(), nullable=is_row) for name in needed),
        *(sa.Column(name, sa.Text(), nullable=True) for name in (*free, "proposal_key")),
        sa.Column("target", sa.Double(), nullable=is_row),
        sa.Column("horizon_weeks", sa.Integer(), nullable=is_row),
        sa.Column("retrospective_id", sa.BigInteger(), nullable=True),
    ]


def _add_verdicts() -> None:
    shares = ("level_before", "level_after", "change", "low", "high", "p_value", "needed_p")
    op.create_table(
        "improvement_verdicts",
        sa.Column("improvement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("plan_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("known_through", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("weeks_before", sa.Integer(), nullable=False),
        sa.Column("weeks_after", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in (*shares, "power")),
        sa.Column("weeks_needed", sa.Integer(), nullable=True),
        sa.Column("weeks_more", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "improvement_id",
            "plan_version",
            "known_through",
            name=op.f("pk_improvement_verdicts"),
        ),
    )


def _add_rule_changes() -> None:
    op.create_table(
        "rule_changes",
        sa.Column("change_id", BigId, autoincrement=True, nullable=False),
        sa.Column("monitor_id", sa.Text(), nullable=False),
        sa.Column("aspect", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        _one_of("rule_changes", "aspect", ("rule", "grouping")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_rule_changes")),
        sa.UniqueConstraint(
            "monitor_id",
            "aspect",
            "changed_at",
            name=op.f("uq_rule_changes_monitor_id_aspect_changed_at"),
        ),
        sqlite_autoincrement=True,
    )


def _add_retrospectives() -> None:
    op.create_table(
        "retrospective_log",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("retrospective_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=True)
            for name in ("team", "from_day", "to_day", "kind", "state", "owner", "due_day")
        ),
        sa.Column("improvement_id", sa.BigInteger(), nullable=True),
        sa.Column("text_id", sa.Text(), nullable=True),
        _one_of("retrospective_log", "entry", ("opened", "noted", "settled", "closed")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_retrospective_log")),
        sa.UniqueConstraint(
            "retrospective_id",
            "version",
            name=op.f("uq_retrospective_log_retrospective_id_version"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "retrospectives",
        sa.Column("retrospective_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("team", "from_day", "to_day")),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("retrospective_id", name=op.f("pk_retrospectives")),
    )
    op.create_table(
        "retrospective_items",
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("retrospective_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("due_day", sa.Text(), nullable=True),
        sa.Column("improvement_id", sa.BigInteger(), nullable=True),
        sa.Column("noted_at", UtcDateTime, nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("settled_at", UtcDateTime, nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_text_id", sa.Text(), nullable=True),
        _one_of("retrospective_items", "kind", ("agenda", "decision", "action")),
        _one_of("retrospective_items", "state", ("open", "done", "dropped")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_retrospective_items")),
    )
    op.create_index(
        "ix_retrospective_items_retrospective_id", "retrospective_items", ["retrospective_id"]
    )


def _one_of(table: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} in ({allowed})", name=op.f(f"ck_{table}_{column}"))


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
