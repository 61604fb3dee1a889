"""Column types that both stores share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC: aware datetimes in, aware datetimes out, naive ones refused.

    Stored as text `YYYY-MM-DD HH:MM:SS.ffffff` on SQLite (sorts as time) and as `timestamptz` on
    Postgres.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; raises ValueError for a datetime without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A time without a zone reached the store: {value!r}.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        """Return what makes a moment with UTC as its zone: one call a value, as rows have many."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column declared INTEGER
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def sqlite_text(value: datetime) -> str:
    """Return a moment as `UtcDateTime` stores it on SQLite; raises ValueError without a zone."""
    if value.tzinfo is None:
        raise ValueError(f"A time without a zone reached the store: {value!r}.")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
