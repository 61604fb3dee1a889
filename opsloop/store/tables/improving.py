"""Improvements and retrospectives: their logs, append-only, what the logs come to, and verdicts."""

from __future__ import annotations

import sqlalchemy as sa

from opsloop import improvements as pure
from opsloop.retrospectives import Entry, ItemKind, ItemState
from opsloop.store.columns import BigId, UtcDateTime
from opsloop.store.tables.base import metadata, one_of


def _registered(*, is_row: bool) -> list[sa.Column[object]]:
    """Return what is registered of an improvement; a row of its log has only what it set."""
    return [
        sa.Column("stage", sa.Text, nullable=is_row),
        sa.Column("owner", sa.Text, nullable=is_row),
        sa.Column("team", sa.Text),
        sa.Column("title_id", sa.Text, nullable=is_row),  # in `texts`
        sa.Column("hypothesis_id", sa.Text),
        sa.Column("dimension", sa.Text, nullable=is_row),
        sa.Column("dimension_value", sa.Text, nullable=is_row),
        sa.Column("metric", sa.Text, nullable=is_row),
        sa.Column("target", sa.Double, nullable=is_row),  # a share: -0.3 = 30 % less
        sa.Column("start_day", sa.Text),  # days are dates as text
        sa.Column("horizon_weeks", sa.Integer, nullable=is_row),
        sa.Column("control_dimension", sa.Text),
        sa.Column("control_value", sa.Text),
        sa.Column("proposal_key", sa.Text),
        sa.Column("retrospective_id", sa.BigInteger),
    ]


improvement_log = sa.Table(
    "improvement_log",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("improvement_id", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    *_registered(is_row=True),
    sa.Column("is_late", sa.Boolean, nullable=False),  # a start was set or moved after it had begun
    sa.Column("text_id", sa.Text),  # the reason
    sa.UniqueConstraint("improvement_id", "version"),
    one_of("step", pure.Step),
    sqlite_autoincrement=True,
)

improvements = sa.Table(
    "improvements",
    metadata,
    sa.Column("improvement_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("plan_version", sa.Integer, nullable=False),
    *_registered(is_row=False),
    sa.Column("late_moves", sa.Integer, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    one_of("stage", pure.Stage),
)

# what was said of an improvement when a week was complete, as it was said; append-only
improvement_verdicts = sa.Table(
    "improvement_verdicts",
    metadata,
    sa.Column("improvement_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("plan_version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("known_through", sa.Text, primary_key=True),  # the last day of the last whole week
    sa.Column("kept_at", UtcDateTime, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("says", sa.Text, nullable=False),
    sa.Column("weeks_before", sa.Integer, nullable=False),
    sa.Column("weeks_after", sa.Integer, nullable=False),
    sa.Column("level_before", sa.Double),
    sa.Column("level_after", sa.Double),
    sa.Column("change", sa.Double),  # a share, and the ends of its 95 % interval
    sa.Column("low", sa.Double),
    sa.Column("high", sa.Double),
    sa.Column("p_value", sa.Double),
    sa.Column("needed_p", sa.Double),
    sa.Column("power", sa.Double),
    sa.Column("weeks_needed", sa.Integer),
    sa.Column("weeks_more", sa.Integer),
    sa.Column("fingerprint", sa.Text, nullable=False),  # of the figures that it was made of
)

# what the rule or the grouping of a monitor was, from when on; append-only
rule_changes = sa.Table(
    "rule_changes",
    metadata,
    sa.Column("change_id", BigId, primary_key=True, autoincrement=True),
    sa.Column("monitor_id", sa.Text, nullable=False),
    sa.Column("aspect", sa.Text, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("before", sa.Text),  # null = as it was first met, which is no change
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("monitor_id", "aspect", "changed_at"),
    one_of("aspect", pure.Aspect),
    sqlite_autoincrement=True,
)

retrospective_log = sa.Table(
    "retrospective_log",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("retrospective_id", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("item_id", sa.BigInteger),  # null = the retrospective itself
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("team", sa.Text),
    sa.Column("from_day", sa.Text),
    sa.Column("to_day", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("owner", sa.Text),
    sa.Column("due_day", sa.Text),
    sa.Column("improvement_id", sa.BigInteger),
    sa.Column("text_id", sa.Text),
    sa.UniqueConstraint("retrospective_id", "version"),
    one_of("entry", Entry),
    sqlite_autoincrement=True,
)

retrospectives = sa.Table(
    "retrospectives",
    metadata,
    sa.Column("retrospective_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("team", sa.Text),
    sa.Column("from_day", sa.Text),
    sa.Column("to_day", sa.Text),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("closed_by", sa.Text),
)

retrospective_items = sa.Table(
    "retrospective_items",
    metadata,
    sa.Column("item_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("retrospective_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("text_id", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("due_day", sa.Text),
    sa.Column("improvement_id", sa.BigInteger),
    sa.Column("noted_at", UtcDateTime, nullable=False),
    sa.Column("noted_by", sa.Text, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("settled_by", sa.Text),
    sa.Column("settled_text_id", sa.Text),
    one_of("kind", ItemKind),
    one_of("state", ItemState),
)
