"""Who may do what, in the service: refused by one rule wherever it is asked, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from opsloop.config import Config
from opsloop.config.roles import RoleSettings
from opsloop.errors import Forbidden, NotFound, OpsloopError, Refused, SomebodyWasFirst
from opsloop.improvements import Part
from opsloop.roles import Deed
from opsloop.service import Service
from opsloop.store import Store, tables
from opsloop.types import Actor, ActorKind, RefusalReason
from tests.integration.event_tables import (
    ADA,
    BO,
    CONFIG,
    CY,
    DuckDBFile,
    PostgresDatabase,
    World,
    hour,
)

NOBODY = Actor(ActorKind.PERSON, "bo.larson", "cli")

# every public action of the service, as somebody asks for it
ACTIONS: Mapping[str, Mapping[str, Any]] = {
    "take": {"number": 1},
    "assign": {"number": 1, "team": "care"},
    "prioritize": {"number": 1, "priority": "P1", "text": "it grows"},
    "classify": {"number": 1, "class_": "request"},
    "link": {"number": 1, "other": 2},
    "unlink": {"number": 1, "other": 2},
    "resolve": {"number": 1, "code": "fixed"},
    "reopen": {"number": 1, "text": "no"},
    "close": {"number": 1},
    "undo": {"batch_id": "none"},
    "comment": {"number": 1, "text": "hm"},
    "update": {"number": 1, "text": "hm"},
    "escalate": {"number": 1, "to_kind": "team", "to_id": "care", "text": "?"},
    "nudge": {"number": 1},
    "answer": {"number": 1, "text": "!"},
    "wait": {"number": 1, "kind": "supplier", "on": "Acme", "reason": "a part"},
    "resume": {"number": 1},
    "snooze": {"number": 1, "until": hour(20)},
    "wake": {"number": 1},
    "log_work": {"number": 1, "minutes": 5},
    "start_timer": {"number": 1},
    "stop_timer": {"number": 1},
    "correct_work": {"number": 1, "log_id": "x", "minutes": 5, "text": "typo"},
    "go_away": {"person": "bo.larsen", "until": hour(20)},
    "come_back": {"person": "bo.larsen"},
    "cancel_absence": {"absence_id": 1},
    "report": {"title": "Ramp 3 is wet"},
    "mute": {"entity_id": "A", "until": hour(20), "reason": "known"},
    "unmute": {"mute_id": 1},
    "merge": {"number": 1, "into": 2},
    "follow_up": {"number": 1},
    "split": {"number": 1, "event_ids": ["e"], "title": "Apart"},
    "open_up": {"number": 1},
    "open_improvement": {
        "title": "Ask earlier",
        "part": Part("total", "all"),
        "metric": "arrivals",
    },
    "start_improvement": {"number": 1},
    "move_improvement": {"number": 1, "to": date(2026, 3, 9)},
    "finish_improvement": {"number": 1},
    "drop_improvement": {"number": 1, "text": "no"},
    "open_retrospective": {},
    "note": {"number": 1, "text": "hm"},
    "decide": {"number": 1, "text": "hm"},
    "give_action": {"number": 1, "text": "hm", "owner": "bo.larsen"},
    "settle_action": {"item_id": 1, "is_done": True},
    "close_retrospective": {"number": 1},
}
READING = {
    "lack_of",
    "lack_of_away",
    "lack_of_mute",
    "refusals",
    "improvement",
    "improvements",
    "last_actions",
    "retrospective",
    "retrospectives",
}


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    """Return a world with two incidents of shipping."""
    world = World(store, warehouse)
    world.run(9, ["A", "B"])
    world.sync(9)
    return world


def governed(world: World, needs: Mapping[str, str] | None = None) -> Service:
    """Return the service with roles in force."""
    roles = RoleSettings.model_validate({"needs": needs or {}})
    world.config = CONFIG.model_copy(update={"roles": roles})
    return world.service


def rows_of_logs(world: World) -> int:
    with world.store.engines.read() as connection:
        statement = sa.select(sa.func.count()).select_from(tables.incident_log)
        return connection.execute(statement).scalar_one()


def test_every_action_turns_a_stranger_away_and_writes_it_down(world: World) -> None:
    service = world.service
    public = {name for name in dir(Service) if not name.startswith("_")}
    assert public - READING == set(ACTIONS)
    before = rows_of_logs(world)
    for name, given in ACTIONS.items():
        with pytest.raises(NotFound, match=r"no person 'bo.larson' .* Did you mean 'bo.larsen'\?"):
            getattr(service, name)(actor=NOBODY, **given)
    kept = service.refusals(limit=1_000)
    assert len(kept) == len(ACTIONS)
    assert {one.reason for one in kept} == {RefusalReason.UNKNOWN_PERSON}
    assert rows_of_logs(world) == before


def test_without_roles_whoever_is_known_may_do_everything(world: World) -> None:
    world.service.resolve(1, CY, code="accepted", accepted_until=hour(20), text="agreed")
    world.service.prioritize(2, CY, priority="P1", text="it grows")
    assert world.service.refusals() == []


def test_where_nobody_is_named_anybody_may_act(world: World) -> None:
    world.config = Config(teams=CONFIG.teams, maintainers="maintainers", people=frozenset())
    assert world.service.take(1, NOBODY).assignee == "bo.larson"


def test_words_are_free_and_deeds_are_the_teams(world: World) -> None:
    service = governed(world)
    service.comment(1, CY, "I saw it too.")
    with pytest.raises(
        Forbidden, match=r"cy\.ruiz may not do this with incident 1: 'take' needs a"
    ):
        service.take(1, CY)
    service.assign(1, BO, person="cy.ruiz", team="shipping")
    assert service.take(1, CY).assignee == "cy.ruiz"  # it was given to them


def test_what_hides_or_overrules_is_the_leads(world: World) -> None:
    service = governed(world)
    end = {"accepted_until": hour(20), "text": "agreed"}
    with pytest.raises(Forbidden, match=r"'accept' needs a lead of shipping\. Ask ada.moreno\."):
        service.resolve(1, BO, code="accepted", **end)
    assert service.resolve(1, BO, code="fixed").state == "resolved"
    assert service.resolve(2, ADA, code="accepted", **end).accepted_until == hour(20)
    with pytest.raises(Forbidden, match="'mute' needs a lead"):
        service.mute(BO, entity_id="A", until=hour(20), reason="known")
    service.mute(ADA, entity_id="A", until=hour(20), reason="known")


def test_one_may_undo_ones_own_and_a_lead_anybodys(world: World) -> None:
    service = governed(world)
    service.take(1, ADA)
    service.take(2, BO)
    batches = [world.store.detail(number).log[-1].batch_id for number in (1, 2)]
    with pytest.raises(Forbidden, match="'undo_others' needs a lead of shipping"):
        service.undo(BO, batches[0])
    service.undo(ADA, batches[1])
    service.take(2, BO)
    service.undo(BO, world.store.detail(2).log[-1].batch_id)


def test_merging_across_teams_is_for_the_lead_of_one_of_them(world: World) -> None:
    service = governed(world)
    service.merge(2, BO, into=1)
    service.undo(BO, world.store.detail(2).log[-1].batch_id)
    service.assign(2, BO, team="care")
    with pytest.raises(Forbidden, match="'merge_teams' needs a lead of care or shipping"):
        service.merge(2, BO, into=1)
    assert service.merge(2, ADA, into=1).merged_into == 1


def test_minutes_and_absences_of_others_are_their_teams(world: World) -> None:
    service = governed(world)
    service.log_work(1, CY, minutes=5)
    row = world.store.detail(1).log[-1]
    service.correct_work(1, CY, log_id=row.log_id, minutes=4, text="typo")
    service.go_away(CY, "cy.ruiz", until=hour(20))
    service.go_away(BO, "ada.moreno", until=hour(20))
    with pytest.raises(Forbidden, match="'work_for_others'"):
        service.log_work(1, CY, minutes=5, person="bo.larsen")
    service.log_work(1, ADA, minutes=5)
    theirs = world.store.detail(1).log[-1]
    with pytest.raises(Forbidden, match="'work_for_others'"):
        service.correct_work(1, CY, log_id=theirs.log_id, minutes=4, text="typo")
    with pytest.raises(Forbidden, match="'away' needs a member of shipping"):
        service.go_away(CY, "bo.larsen", until=hour(20))


def test_a_mute_is_for_a_lead_of_the_team_that_owns_the_monitor(world: World) -> None:
    service = governed(world)
    muted = {"monitor_id": "mon_late_orders", "until": hour(20), "reason": "known"}
    number = service.mute(CY, **muted)  # of an owner unknown: any team's lead
    service.owner_of = {"mon_late_orders": "shipping"}.get
    with pytest.raises(Forbidden, match=r"'mute' needs a lead of shipping\. Ask ada.moreno\."):
        service.mute(CY, **muted)
    with pytest.raises(Forbidden, match="'unmute' needs a lead of shipping"):
        service.unmute(number, CY)
    service.mute(CY, entity_id="A", until=hour(20), reason="of whichever monitor")
    service.unmute(number, ADA)
    assert service.lack_of_mute(ADA, Deed.MUTE, "mon_late_orders") is None


def test_what_is_planned_is_called_off_once_and_only_before_it_begins(world: World) -> None:
    service = governed(world)
    number = service.go_away(BO, "bo.larsen", starts_at=hour(15), until=hour(20))
    with pytest.raises(Forbidden, match="'away' needs a member of shipping"):
        service.cancel_absence(CY, number)
    assert service.cancel_absence(ADA, number) == "bo.larsen"
    assert world.store.absences(hour(10)) == []
    again = service.go_away(BO, "bo.larsen", until=hour(20))
    for gone in (number, again, 77):
        with pytest.raises(NotFound, match=f"no absence {gone} to come"):
            service.cancel_absence(ADA, gone)
    with world.store.engines.read() as connection:
        rows = connection.execute(sa.select(tables.absences)).all()
    assert [(row.ended_by, row.ends_at > row.starts_at) for row in rows] == [
        ("ada.moreno", False), (None, True)
    ]  # fmt: skip


def test_the_settings_say_otherwise(world: World) -> None:
    service = governed(world, {"take": "anybody", "comment": "member"})
    assert service.take(1, CY).assignee == "cy.ruiz"
    with pytest.raises(Forbidden, match="'comment' needs a member of shipping"):
        service.comment(2, CY, "hm")


def refused(service: Service, actor: Actor, error: type[OpsloopError], **given: Any) -> None:
    with pytest.raises(error):
        service.resolve(actor=actor, **{"number": 1, "code": "fixed", **given})


def test_each_kind_of_refusal_is_kept_and_nothing_else(world: World) -> None:
    service = governed(world)
    before = world.incident(1)
    refused(service, BO, NotFound, number=77)
    refused(service, BO, SomebodyWasFirst, expect=99)
    refused(service, BO, Refused, code="nonsense\0")
    refused(service, CY, Forbidden)
    assert world.incident(1) == before
    kept = service.refusals()
    assert [(one.reason, one.incident_id, one.deed, one.needs) for one in kept] == [
        ("role", 1, "resolve", "member"),
        ("not_allowed", 1, "resolve", None),
        ("outdated", 1, "resolve", None),
        ("not_found", 77, "resolve", None),
    ]
    assert (kept[0].actor, kept[0].refused_at) == (CY, hour(9))
    assert kept[0].message == (
        "cy.ruiz may not do this with incident 1: 'resolve' needs a member of shipping. "
        "Ask ada.moreno or bo.larsen."
    )
    assert service.refusals(person="cy.ruiz") == kept[:1]
    assert service.refusals(number=77) == kept[3:]
    assert service.refusals(limit=2) == kept[:2]


@pytest.mark.parametrize("statement", ["update refusals set deed = 'x'", "delete from refusals"])
def test_what_was_refused_stays(world: World, statement: str) -> None:
    refused(world.service, BO, NotFound, number=77)
    with (
        pytest.raises(Exception, match="refusals is append-only"),
        world.store.engines.write() as connection,
    ):
        connection.execute(sa.text(statement))


def test_the_app_asks_before_what_it_would_be_refused(world: World) -> None:
    service = governed(world)
    incident = world.incident(1)
    assert service.lack_of(BO, Deed.RESOLVE, incident) is None
    lack = service.lack_of(BO, Deed.ACCEPT, incident)
    assert lack is not None
    assert lack.in_words() == "a lead of shipping"
