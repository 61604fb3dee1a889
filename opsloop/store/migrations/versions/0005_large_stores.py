"""Index what is asked of a large store: by team and due time, by age, by owner.

What was imported stands in the same table, and is not asked for in the queue.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0006"


def upgrade() -> None:
    """Replace two indexes, and add four."""
    op.drop_index("ix_incidents_queue", "incidents")
    op.drop_index("ix_incidents_team", "incidents")
    is_live, is_open = "source IS NULL", "(state NOT IN ('resolved', 'closed'))"
    pressing = sa.text("coalesce(priority, 'P9')")
    indexes: tuple[tuple[str, list[str | sa.TextClause], str], ...] = (
        ("pressing", ["state", pressing, "opened_at", "incident_id"], is_live),
        ("team", ["team", "state"], is_live),
        ("assignee", ["assignee", "state"], is_live),
        ("opened", ["opened_at", "incident_id"], is_live),
        ("updated", ["updated_at", "incident_id"], is_live),
        ("open_due", ["team", "due_at", "incident_id"], is_open),
    )
    for name, columns, condition in indexes:
        where = sa.text(condition)
        op.create_index(
            f"ix_incidents_{name}", "incidents", columns, sqlite_where=where, postgresql_where=where
        )
