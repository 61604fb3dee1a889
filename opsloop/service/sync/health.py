"""The monitors' own exceptions: a run that failed, was held or set rows aside.

They go the way of every other event, from rows of `monitor_runs` that this module turns into event
rows of one monitor more, whose incidents belong to the maintainers. Identity: the monitor, and the
run at which its trouble began.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from opsloop.config import Config
from opsloop.diff import EventRow
from opsloop.service.sync.report import MonitorTrouble
from opsloop.types import Kind, Monitor, Relation, Severity
from opsloop.warehouse import MonitorRun, Reject

HEALTH_ID = "opsloop_monitor_health"


def health_monitor(config: Config) -> Monitor:
    """Return the monitor that watches the monitors."""
    return Monitor(
        id=HEALTH_ID,
        name=HEALTH_ID,
        kind=Kind.STATE,
        entity="monitor",
        owner=config.maintainers,
        severity=Severity.HIGH,
        title="Monitor {entity_id}: {what}",
        relation=Relation("", "monitor_runs"),
        description="Monitors whose last run failed, was held or set rows aside. "
        "One row per monitor and spell of trouble.",
        max_new_incidents=1_000_000,
        max_new_incidents_first_run=1_000_000,
    )


def troubles_of(runs: Mapping[str, Sequence[MonitorRun]]) -> dict[str, list[MonitorRun]]:
    """Return, per monitor in trouble, the runs of its present spell, oldest first."""
    found: dict[str, list[MonitorRun]] = {}
    for monitor_id, history in runs.items():
        spell: list[MonitorRun] = []
        for run in reversed(history):
            if _what(run) is None:
                break
            spell.append(run)
        if spell:
            found[monitor_id] = spell[::-1]
    return found


def trouble_rows(
    spells: Mapping[str, Sequence[MonitorRun]],
    monitors: Mapping[str, Monitor],
    rejects: Mapping[str, Sequence[Reject]],
) -> list[EventRow]:
    """Return an event row for each monitor in trouble.

    Args:
        rejects: what each one's last run set aside.
    """
    rows = []
    for monitor_id, spell in spells.items():
        first, last = spell[0], spell[-1]
        watched = monitors.get(monitor_id)
        evidence = {
            "what": _what(last),
            "status": last.status,
            "message": last.message,
            "runs": len(spell),
            "rejected_rows": last.rejected_rows,
            **_set_aside(rejects.get(monitor_id, ())),
            "population": last.population,
        }
        rows.append(
            EventRow(
                event_id=_event_id(monitor_id, first),
                entity_id=monitor_id,
                occurred_at=first.as_of,
                first_seen_at=first.as_of,
                cleared_at=None,
                cleared_reason=None,
                severity=None,
                owner=watched.maintainers if watched else None,
                impact=None,
                evidence=json.dumps(evidence, ensure_ascii=False),
                changed_run=last.number,
                group_key=json.dumps([monitor_id]),
            )
        )
    return rows


def cleared_row(row: EventRow, at: datetime) -> EventRow:
    """Return the row of a spell that is over."""
    return replace(row, cleared_at=at, cleared_reason="condition_cleared")


def described(spells: Mapping[str, Sequence[MonitorRun]]) -> Iterable[MonitorTrouble]:
    """Return the present troubles for the report."""
    for monitor_id, spell in sorted(spells.items()):
        last = spell[-1]
        kind = last.status if last.status != "ok" else "rejects"
        yield MonitorTrouble(monitor_id, kind, _what(last) or "")


def _what(run: MonitorRun) -> str | None:
    """Return what is wrong with a run, in words; None for a good one."""
    if run.status == "error":
        return f"failed: {run.message or 'no message'}"
    if run.status == "skipped":
        reason = (run.message or "something that it reads failed").removeprefix("skipped: ")
        return f"was skipped: {reason}"
    if run.status == "held":
        reasons = {
            "population_drop": "clears are held, its population fell by more than half",
            "stale_data": "clears are held, its data is stale",
        }
        return reasons.get(run.reason or "", f"clears are held: {run.reason}")
    if run.rejected_rows:
        return f"{run.rejected_rows} rows were set aside"
    return None


def _set_aside(rejects: Sequence[Reject]) -> dict[str, str | None]:
    """Return why rows were set aside, and one of them."""
    if not rejects:
        return {}
    reasons = ", ".join(f"{reject.rows} {reject.reason}" for reject in rejects)
    return {"rejected_for": reasons, "rejected_row": rejects[0].sample, "see": "monitor_rejects"}


def _event_id(monitor_id: str, first: MonitorRun) -> str:
    parts = (HEALTH_ID, monitor_id, str(first.number))
    text = "".join(f"{len(part.encode())}:{part}" for part in parts)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
