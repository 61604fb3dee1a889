"""What all tables have in common."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, words: type) -> sa.CheckConstraint:
    """Return a constraint: the column holds one of these words."""
    allowed = ", ".join(f"'{word}'" for word in words)  # type: ignore[attr-defined]
    return sa.CheckConstraint(f"{column} in ({allowed})", name=column)
