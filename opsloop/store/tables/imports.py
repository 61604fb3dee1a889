"""Logs of other systems: what was imported, what is known of it, and what was left out."""

from __future__ import annotations

import sqlalchemy as sa

from opsloop.store.columns import BigId, UtcDateTime
from opsloop.store.tables.base import metadata

# A source's imports that add to each other are one generation, named by the first of them. What
# stands in the log of an import counts once it is completed and until it is replaced.
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("import_id", BigId, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("file_sha256", sa.Text, nullable=False),
    sa.Column("map_checksum", sa.Text, nullable=False),  # of the map without its window
    sa.Column("map_body", sa.Text, nullable=False),  # the validated map as JSON
    sa.Column("window_from", UtcDateTime),
    sa.Column("window_to", UtcDateTime),  # the first moment after it
    sa.Column("complete_for", sa.Text),
    sa.Column("counts_reassignments", sa.Boolean, nullable=False),
    sa.Column("rows_read", sa.BigInteger, nullable=False),
    sa.Column("rows_imported", sa.BigInteger, nullable=False),
    sa.Column("rows_known", sa.BigInteger, nullable=False),
    sa.Column("rows_rejected", sa.BigInteger, nullable=False),
    sa.Column("imported_by", sa.Text, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("completed_at", UtcDateTime),
    sa.Column("replaced_at", UtcDateTime),
    sqlite_autoincrement=True,
)
sa.Index("ix_imports_source", imports.c.source)

# a generation's cases: their incidents, and what their whole histories come to
import_cases = sa.Table(
    "import_cases",
    metadata,
    sa.Column("generation", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("case_key", sa.Text, primary_key=True),
    sa.Column("incident_id", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

import_rejects = sa.Table(
    "import_rejects",
    metadata,
    sa.Column("import_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("case_key", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)
