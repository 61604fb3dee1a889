"""Logs of other systems: what was imported, what is known of it, and what was left out."""

import sqlalchemy as sa
from alembic import op

from opsloop.store.columns import BigId, UtcDateTime

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables of imports, and by which import an incident came."""
    for table in ("incident_log", "incidents"):
        op.add_column(table, sa.Column("import_id", sa.BigInteger(), nullable=True))
    op.add_column("incidents", sa.Column("source", sa.Text(), nullable=True))
    where = sa.text("source IS NOT NULL")
    op.create_index(
        "ix_incidents_source",
        "incidents",
        ["source", "import_id", "incident_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    texts = ("source", "file_name", "file_sha256", "map_checksum", "map_body", "imported_by")
    counts = ("rows_read", "rows_imported", "rows_known", "rows_rejected")
    op.create_table(
        "imports",
        sa.Column("import_id", BigId, autoincrement=True, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.Column("window_from", UtcDateTime, nullable=True),
        sa.Column("window_to", UtcDateTime, nullable=True),
        sa.Column("complete_for", sa.Text(), nullable=True),
        sa.Column("counts_reassignments", sa.Boolean(), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("completed_at", UtcDateTime, nullable=True),
        sa.Column("replaced_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_imports")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_imports_source", "imports", ["source"])
    op.create_table(
        "import_cases",
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_key", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "case_key", name=op.f("pk_import_cases")),
    )
    op.create_table(
        "import_rejects",
        sa.Column("import_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_key", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_import_rejects")),
    )
