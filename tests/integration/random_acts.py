"""Acts at random on a hundred incidents, and what each actor was told."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from opsloop.config import Config
from opsloop.errors import NotFound, Refused
from opsloop.service import Service, utc_now
from opsloop.service.settings import apply_settings
from opsloop.store import Store
from opsloop.types import Actor, Incident, LogRow
from tests.integration.event_tables import MONDAY, DuckDBFile, World, late_orders
from tests.integration.office import settings

INCIDENTS = 100
PEOPLE = ("ada.moreno", "bo.larsen", "cy.ruiz")

Act = Callable[[Service, int, Actor, int | None], Incident]


@dataclass(frozen=True)
class Done:
    """An action that was acknowledged: what its actor was told.

    Args:
        name: of the action, in `ACTS`.
        seen: the decision_version that the actor decided on; None = they did not look.
    """

    name: str
    number: int
    version: int
    decision_version: int
    actor: str
    seen: int | None


def _soon() -> Any:
    return utc_now() + timedelta(hours=1)


def _work(do: Service, one: int, actor: Actor, _: int | None) -> Incident:
    return do.log_work(one, actor, minutes=5)


def _assign(do: Service, one: int, actor: Actor, seen: int | None) -> Incident:
    return do.assign(one, actor, person=PEOPLE[(one + (seen or 0)) % 3], expect=seen)


def _prioritize(do: Service, one: int, actor: Actor, seen: int | None) -> Incident:
    return do.prioritize(one, actor, priority=f"P{1 + (seen or 0) % 4}", text="?", expect=seen)


def _wait(do: Service, one: int, actor: Actor, seen: int | None) -> Incident:
    return do.wait(one, actor, kind="supplier", on="Acme", reason="a part", expect=seen)


def _escalate(do: Service, one: int, actor: Actor, seen: int | None) -> Incident:
    return do.escalate(one, actor, to_kind="team", to_id="care", text="?", expect=seen)


def _link(do: Service, one: int, actor: Actor, _: int | None) -> Incident:
    return do.link(one, actor, other=one % INCIDENTS + 1)


def _unlink(do: Service, one: int, actor: Actor, _: int | None) -> Incident:
    return do.unlink(one, actor, other=one % INCIDENTS + 1)


def _undo(do: Service, one: int, actor: Actor, _: int | None) -> Incident:
    [after] = do.undo(actor, do.store.detail(one).log[-1].batch_id)
    return after


ACTS: dict[str, Act] = {
    "taken": lambda do, one, actor, seen: do.take(one, actor, expect=seen),
    "assigned": _assign,
    "prioritized": _prioritize,
    "set_waiting": _wait,
    "resumed": lambda do, one, actor, seen: do.resume(one, actor, expect=seen),
    "snoozed": lambda do, one, actor, seen: do.snooze(one, actor, until=_soon(), expect=seen),
    "woken": lambda do, one, actor, seen: do.wake(one, actor, expect=seen),
    "commented": lambda do, one, actor, _: do.comment(one, actor, "hm"),
    "updated": lambda do, one, actor, _: do.update(one, actor, "soon"),
    "escalated": _escalate,
    "answered": lambda do, one, actor, _: do.answer(one, actor, text="!"),
    "worked": _work,
    "linked": _link,
    "unlinked": _unlink,
    "resolved": lambda do, one, actor, seen: do.resolve(one, actor, code="fixed", expect=seen),
    "closed": lambda do, one, actor, seen: do.close(one, actor, expect=seen),
    "reopened": lambda do, one, actor, seen: do.reopen(one, actor, text="no", expect=seen),
    "undone": _undo,
}
# these take nobody's view for granted
UNSEEN = ("commented", "updated", "answered", "worked", "linked", "unlinked", "undone")
# what was to be answered, unlinked or undone was not there (any more): a refusal too
MAY_BE_MISSING = ("answered", "unlinked", "undone")


def act_at_random(service: Service, chance: random.Random, actor: Actor) -> Done | str:
    """Let an actor do something; returns what they were told, or the kind of refusal."""
    name, number = chance.choice(list(ACTS)), chance.randint(1, INCIDENTS)
    seen = None
    if name not in UNSEEN and chance.random() < 0.5:
        seen = service.store.detail(number).incident.decision_version
    try:
        after = ACTS[name](service, number, actor, seen)
    except (Refused, NotFound) as refusal:
        if isinstance(refusal, NotFound) and name not in MAY_BE_MISSING:
            raise
        return type(refusal).__name__
    return Done(name, number, after.version, after.decision_version, actor.id, seen)


def hundred_incidents(store: Store, home: Path) -> Config:
    """Open a hundred incidents with clocks, each of an entity of its own; returns the settings."""
    cap = {"max_new_incidents_first_run": INCIDENTS}
    world = World(store, DuckDBFile(home / "warehouse.duckdb"), late_orders(**cap))
    world.config = settings()
    apply_settings(store, world.config, MONDAY)
    world.run(9, [f"E{number}" for number in range(INCIDENTS)])
    assert world.sync(9).counts["opened"] == INCIDENTS
    return world.config


def assert_in_the_log(done: Done, log: tuple[LogRow, ...]) -> None:
    """What an actor was told stands there, and follows on what they had seen."""
    row, before = log[done.version - 1], log[done.version - 2]
    told = (done.name, done.decision_version, done.actor)
    assert (row.action, row.decision_version, row.actor.id) == told
    assert done.seen in (None, before.decision_version)
