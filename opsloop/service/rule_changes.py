"""Changes of what monitors find register themselves: their SQL, parameters and grouping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from opsloop.improvements import Aspect
from opsloop.store import Store, verdicts
from opsloop.store.verdicts import RuleChange
from opsloop.warehouse.serving import ServingCopy

# The first complete run of each stretch in which a monitor's rule was one and the same. The
# checksum moves with the compiled SQL, so with macros and parameters too.
_STRETCHES = """
    select monitor_id, as_of, checksum
    from (
        select
            *,
            lag(checksum) over (partition by monitor_id order by run_number) as checksum_before
        from monitor_runs
        where status in ('ok', 'held') and checksum is not null
    )
    where checksum_before is distinct from checksum
    order by monitor_id, run_number
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a monitor's rule or grouping was seen to be, from a moment on."""

    monitor_id: str
    aspect: Aspect
    since: datetime
    value: str


def register_changes(
    store: Store,
    copy: ServingCopy,
    groupings: Mapping[str, Sequence[str]],
    now: datetime,
) -> int:
    """Write down how monitors' rules changed since it was looked at last; returns how many did.

    What is met for the first time is written down too, as no change. Looking again adds nothing.

    Args:
        groupings: the columns by which each monitor's events are one incident, by monitor.
        now: when a change of a grouping shows, since runs do not name it.
    """
    seen = [*_rules(copy), *_groupings(groupings, now)]
    with store.engines.read() as connection:
        if not list(news(seen, verdicts.in_force(connection), now)):
            return 0
    found = 0
    with store.engines.write() as connection:
        for one, before in news(seen, verdicts.in_force(connection), now):
            verdicts.add_change(
                connection,
                one.monitor_id,
                one.aspect,
                one.since,
                before=before,
                after=one.value,
                now=now,
            )
            found += before is not None
    return found


def news(
    seen: Sequence[Seen], known: Mapping[tuple[str, Aspect], RuleChange], now: datetime
) -> Iterator[tuple[Seen, str | None]]:
    """Yield what is not known yet, each with what it was before (None = nothing was known).

    A warehouse that was built anew tells its past again, by the rule of today: what is then in
    force counts from now on, since until now the log was written by the rule that is known.

    Args:
        seen: by monitor and aspect in the order of time.
        known: what is known last of each.
    """
    last = {key: (one.changed_at, one.after) for key, one in known.items()}
    newest = {(one.monitor_id, one.aspect): one for one in seen}
    for one in seen:
        key = (one.monitor_id, one.aspect)
        since, value = last.get(key, (None, None))
        if value == one.value:
            continue
        found = one
        if since is not None and one.since <= since:
            if one is not newest[key]:
                continue
            found = Seen(one.monitor_id, one.aspect, now, one.value)
        last[key] = (found.since, found.value)
        yield found, value


def _rules(copy: ServingCopy) -> Iterator[Seen]:
    if not copy.has_table("monitor_runs"):
        return
    for row in copy.query(_STRETCHES):
        since = row["as_of"].replace(tzinfo=UTC)  # the warehouse's times have no zone and are UTC
        yield Seen(row["monitor_id"], Aspect.RULE, since, row["checksum"])


def _groupings(groupings: Mapping[str, Sequence[str]], now: datetime) -> Iterator[Seen]:
    for monitor_id, columns in sorted(groupings.items()):
        yield Seen(monitor_id, Aspect.GROUPING, now, ", ".join(columns))
