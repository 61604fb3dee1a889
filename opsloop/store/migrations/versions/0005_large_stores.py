"""Index what is asked of a large store: by team and due time, by age, by owner.

What was imported stands in the same table, and is not asked for in the queue.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0006"


def upgrade() -> None:
    """Replace two indexes, and add three."""
    op.drop_index("ix_incidents_queue", "incidents")
    op.create_index(
        "ix_incidents_pressing",
        "incidents",
        ["state", sa.text("coalesce(priority, 'P9')"), "opened_at", "incident_id"],
    )
    op.create_index("ix_incidents_opened", "incidents", ["opened_at", "incident_id"])
    op.drop_index("ix_incidents_team", "incidents")
    is_live, is_open = "source IS NULL", "(state NOT IN ('resolved', 'closed'))"
    for name, columns, condition in (
        ("team", ["team", "state"], is_live),
        ("assignee", ["assignee", "state"], is_live),
        ("open_due", ["team", "due_at", "incident_id"], is_open),
    ):
        where = sa.text(condition)
        op.create_index(
            f"ix_incidents_{name}", "incidents", columns, sqlite_where=where, postgresql_where=where
        )
