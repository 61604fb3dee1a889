"""Improvements in the store: rows of their log, what the log comes to, and what is read of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from opsloop.errors import NotFound
from opsloop.improvements import AFTER_VALUES, FIELDS, Improvement, Row, Stage, Step, fold
from opsloop.store import texts
from opsloop.store.tables import improvement_log, improvements
from opsloop.types import Actor

_TEXT_OF = {"title": "title_id", "hypothesis": "hypothesis_id"}


@dataclass(frozen=True, slots=True)
class Happened:
    """A row of an improvement's log for people: who did what, when and why."""

    version: int
    step: Step
    at: datetime
    by: str
    start_day: date | None
    is_late: bool
    text: str | None


def new_id(connection: sa.Connection) -> int:
    """Return the number of the next improvement: we alone write now."""
    last = connection.execute(sa.select(sa.func.max(improvements.c.improvement_id))).scalar()
    return (last or 0) + 1


def record(
    connection: sa.Connection,
    before: Improvement | None,
    step: Step,
    after: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    *,
    text: str | None = None,
    is_late: bool = False,
) -> Improvement:
    """Write one more row of an improvement's log, and the improvement after it.

    Args:
        before: None = it is the first row of a new one.
        after: what it sets; `title` and `hypothesis` are texts.
        text: why.
    """
    values = dict(after)
    for name, column in _TEXT_OF.items():
        if name in values:
            values[column] = texts.keep(connection, values.pop(name))
    number = before.improvement_id if before else new_id(connection)
    row = Row(
        improvement_id=number,
        version=before.version + 1 if before else 1,
        step=step,
        recorded_at=max(now, before.changed_at) if before else now,
        actor_id=actor.id,
        after=values,
        is_late=is_late,
    )
    improvement = fold(before, row)
    _write(connection, improvement, is_new=before is None)
    connection.execute(
        sa.insert(improvement_log).values(
            **_as_stored(values),
            improvement_id=number,
            version=row.version,
            step=step,
            recorded_at=row.recorded_at,
            actor_id=actor.id,
            via=actor.via,
            is_late=is_late,
            text_id=texts.keep(connection, text),
        )
    )
    return improvement


def of(connection: sa.Connection, number: int) -> Improvement:
    """Return an improvement; raises NotFound."""
    statement = sa.select(improvements).where(improvements.c.improvement_id == number)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(f"There is no improvement {number}.", "See `opsloop improvements list`.")
    return improvement_of(row)


def every(connection: sa.Connection) -> list[Improvement]:
    """Return all improvements, the newest first."""
    statement = sa.select(improvements).order_by(improvements.c.improvement_id.desc())
    return [improvement_of(row) for row in connection.execute(statement).mappings()]


def at_work_on(connection: sa.Connection, proposal_key: str) -> Improvement | None:
    """Return the improvement that goes on from a proposal and is not over."""
    statement = sa.select(improvements).where(
        improvements.c.proposal_key == proposal_key,
        improvements.c.stage.in_([Stage.PROPOSED, Stage.RUNNING]),
    )
    row = connection.execute(statement).mappings().first()
    return None if row is None else improvement_of(row)


def history(connection: sa.Connection, number: int) -> list[Happened]:
    """Return what happened to an improvement, oldest first."""
    log = improvement_log.c
    statement = sa.select(improvement_log).where(log.improvement_id == number).order_by(log.version)
    rows = connection.execute(statement).mappings().all()
    reasons = texts.bodies(connection, [row["text_id"] for row in rows])
    return [
        Happened(
            version=row["version"],
            step=Step(row["step"]),
            at=row["recorded_at"],
            by=row["actor_id"],
            start_day=_day(row["start_day"]),
            is_late=bool(row["is_late"]),
            text=reasons.get(row["text_id"]),
        )
        for row in rows
    ]


def differences(connection: sa.Connection) -> Iterator[str]:
    """Yield where improvements are not what their log says."""
    replayed: dict[int, Improvement] = {}
    log = improvement_log.c
    statement = sa.select(improvement_log).order_by(log.improvement_id, log.version)
    for row in connection.execute(statement).mappings():
        number = row["improvement_id"]
        before = replayed.get(number)
        if row["version"] != (before.version if before else 0) + 1:
            yield f"improvement {number} lacks a version before {row['version']} in its log"
        replayed[number] = fold(before, _row_of(row))
    stored = {one.improvement_id: one for one in every(connection)}
    yield from compared("improvement", replayed, stored)


def compared(what: str, replayed: Mapping[int, Any], stored: Mapping[int, Any]) -> Iterator[str]:
    """Yield how records by number differ from what their log says of them."""
    for number in sorted(replayed.keys() | stored.keys()):
        mine, theirs = stored.get(number), replayed.get(number)
        if theirs is None:
            yield f"{what} {number} has no log"
        elif mine is None:
            yield f"{what} {number} is in the log and nowhere else"
        else:
            expected, found = asdict(theirs), asdict(mine)
            for name, value in expected.items():
                if found[name] != value:
                    yield f"{what} {number}: {name} is {found[name]!r}, the log says {value!r}"


def improvement_of(row: Mapping[str, Any] | sa.RowMapping) -> Improvement:
    """Return the improvement of a row of `improvements`."""
    values = {name: row[name] for name in FIELDS}
    stage, start_day = Stage(values["stage"]), _day(values["start_day"])
    return Improvement(**{**values, "stage": stage, "start_day": start_day})


def _row_of(row: sa.RowMapping) -> Row:
    after = {name: row[name] for name in AFTER_VALUES if row[name] is not None}
    if "start_day" in after:
        after["start_day"] = _day(after["start_day"])
    return Row(
        improvement_id=row["improvement_id"],
        version=row["version"],
        step=Step(row["step"]),
        recorded_at=row["recorded_at"],
        actor_id=row["actor_id"],
        after=after,
        is_late=bool(row["is_late"]),
    )


def _write(connection: sa.Connection, improvement: Improvement, *, is_new: bool) -> None:
    values = _as_stored({name: getattr(improvement, name) for name in FIELDS})
    statement: sa.Insert | sa.Update = sa.insert(improvements)
    if not is_new:
        is_it = improvements.c.improvement_id == improvement.improvement_id
        statement = sa.update(improvements).where(is_it)
    connection.execute(statement.values(**values))


def _as_stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: as_text(value) for name, value in values.items()}


def as_text(value: Any) -> Any:
    """Return a day as the store keeps it; whatever else stays as it is."""
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return value.isoformat() if is_day else value


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def texts_of(connection: sa.Connection, found: Sequence[Improvement]) -> dict[str | None, str]:
    """Return the titles and hypotheses of improvements by their ids."""
    ids = [text_id for one in found for text_id in (one.title_id, one.hypothesis_id)]
    return texts.bodies(connection, ids)
