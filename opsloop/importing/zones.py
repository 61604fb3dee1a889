"""Local times of a zone as UTC, where clocks change: as spans, and as one SQL expression. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)  # no zone changes its clock twice within it and ends as it began


@dataclass(frozen=True, slots=True)
class Span:
    """Local times from `starts` on are `offset` ahead of UTC; None = they are refused."""

    starts: datetime
    offset: timedelta | None


def spans(zone: ZoneInfo, until: datetime, ambiguous: str, nonexistent: str) -> list[Span]:
    """Return the spans of a zone's local times from 1970 on, in order.

    Args:
        until: how far the zone's changes are followed, UTC.
        ambiguous: what an hour that comes twice means: the `first`, the `second`, or `reject`.
        nonexistent: what an hour that is skipped means: `shift` by what it lacks, or `reject`.
    """
    begins = FIRST.replace(tzinfo=None) - timedelta(days=2)
    before = _offset(zone, FIRST)
    found = [Span(begins, before)]
    for at, after in _changes(zone, until):
        local = at.replace(tzinfo=None)
        old, new = local + before, local + after
        if new > old:
            found += [Span(old, None if nonexistent == "reject" else before), Span(new, after)]
        else:
            meanings = {"first": before, "second": after, "reject": None}
            found += [Span(new, meanings[ambiguous]), Span(old, after)]
        before = after
    return found


def _changes(zone: ZoneInfo, until: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Yield when the zone's offset changes, and to what."""
    moments = [FIRST]
    while moments[-1] < until:
        moments.append(moments[-1] + _STEP)
    for left, right in pairwise(moments):
        if _offset(zone, left) != _offset(zone, right):
            at = _change_between(zone, left, right)
            yield at, _offset(zone, at)


def _change_between(zone: ZoneInfo, left: datetime, right: datetime) -> datetime:
    """Return the first second of the new offset."""
    old = _offset(zone, left)
    while right - left > timedelta(seconds=1):
        middle = left + timedelta(seconds=(right - left) // timedelta(seconds=2))
        left, right = (middle, right) if _offset(zone, middle) == old else (left, middle)
    return right


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def utc_sql(local: str, parts: Sequence[Span]) -> str:
    """Return the SQL of a local time's UTC time: a search tree over the spans.

    Args:
        local: the SQL name of a timestamp.
    """
    if len(parts) == 1:
        offset = parts[0].offset
        if offset is None:
            return "null::timestamp"
        return f"{local} - interval '{offset / timedelta(seconds=1):.0f} seconds'"
    middle = len(parts) // 2
    return (
        f"case when {local} < timestamp '{parts[middle].starts}' "
        f"then {utc_sql(local, parts[:middle])} else {utc_sql(local, parts[middle:])} end"
    )
