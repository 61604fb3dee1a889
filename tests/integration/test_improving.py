"""Improvements: verdicts over published weeks, who registers them, what their log keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsloop.errors import Forbidden, NotFound, Refused
from opsloop.improvements import Part, Stage, Step
from opsloop.service import Service
from opsloop.service.judging import judge, review, revisited, screened_changes
from opsloop.store import Store, tables
from tests.integration.event_tables import ADA, BO, CONFIG, CY
from tests.integration.improving import (
    NOW,
    PART,
    START,
    WEEKS_BEFORE,
    Clock,
    fallen,
    published,
    registered,
)
from tests.integration.weekly_copy import FIRST_WEEK, LATE, Run, calm, publish, resolved


def test_a_fall_helped_and_the_verdict_stays_as_it_was_given(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    given = []
    for week in (1, 1, 2, 5, 8, 9):
        copy = published(service, clock, tmp_path, fallen(week, 18))
        given.append(review(service.store, copy, {}, clock()).verdicts)
    # one for each week that was published, until the horizon is over, and none after it
    assert given == [1, 0, 1, 1, 1, 0]
    detail = service.improvement(number)
    words = [one.verdict for one in detail.verdicts]
    assert words[:2] == ["not yet known"] * 2  # nobody believes what is green after two weeks
    last = detail.verdicts[-1]
    assert last.verdict == "helped"
    assert last.known_through == START + timedelta(weeks=8, days=-1)
    assert last.change == pytest.approx(-0.55, abs=0.05)
    assert last.low is not None
    assert last.high is not None
    assert last.low < last.change < last.high < 0
    assert (last.weeks_before, last.weeks_after) == (52, 8)
    assert last.says.startswith("helped: 5")
    assert detail.view.verdict == last


def test_without_a_fall_nothing_is_known_and_its_power_says_so(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, [*calm(WEEKS_BEFORE + 8)])
    review(service.store, copy, {}, clock())
    [kept] = service.improvement(number).verdicts
    assert kept.verdict == "not yet known"
    assert kept.power is not None
    assert 0.5 < kept.power < 1
    assert "is found by the horizon in" in kept.says


def test_busy_and_quiet_weeks_say_how_many_more_would_tell(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    noisy = [
        figure * (1 + week % 3) for week, figure in enumerate(calm(WEEKS_BEFORE + 4)) if figure
    ]
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, noisy)
    review(service.store, copy, {}, clock())
    [kept] = service.improvement(number).verdicts
    assert kept.verdict == "not yet known"
    assert kept.weeks_needed is not None
    assert kept.weeks_needed > 8
    assert kept.weeks_more == kept.weeks_needed - 4  # of which are over
    assert f"{kept.weeks_more} more weeks" in kept.says


RUNS: list[Run] = [
    ("mon_late_orders", datetime(2025, 1, 6, 6, tzinfo=UTC), "a"),
    ("mon_late_orders", datetime(2025, 12, 1, 6, tzinfo=UTC), "b"),
    ("mon_late_orders", datetime(2025, 12, 2, 6, tzinfo=UTC), "b"),
]


def test_a_rule_that_changed_makes_it_not_comparable(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, fallen(8, 18), runs=RUNS)
    assert review(service.store, copy, {}, clock()).rule_changes == 1
    [kept] = service.improvement(number).verdicts
    assert kept.verdict == "not comparable"
    assert kept.says.endswith("Changed: the rule of mon_late_orders on 01 Dec 2025.")
    assert kept.change is None
    assert review(service.store, copy, {}, clock()).rule_changes == 0


def test_minutes_are_minutes_whatever_a_rule_finds(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service, metric="minutes").improvement_id
    minutes = [
        {"dimension": LATE[0], "dimension_value": LATE[1], "minutes": 10 * (figure or 0)}
        | {"week_start": FIRST_WEEK + timedelta(weeks=week)}
        for week, figure in enumerate(fallen(8, 18))
    ]
    # the monitor itself ran in no week after its change
    figures = [*calm(WEEKS_BEFORE), *[None] * 8]
    work = {"rpt_work_weekly": minutes}
    copy = published(service, clock, tmp_path, figures, runs=RUNS, extra=work)
    assert review(service.store, copy, {}, clock()).rule_changes == 1
    [kept] = service.improvement(number).verdicts
    assert kept.verdict == "helped"


def test_a_change_of_another_monitor_counts_where_it_found_something(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    others: list[Run] = [("mon_reviews", at, rule) for _, at, rule in RUNS]
    of_team = registered(service, part=Part("team", "shipping")).improvement_id
    of_monitor = registered(service).improvement_id
    incidents = [
        resolved("mon_reviews", 3, "fixed", 60),
        resolved("mon_late_orders", 3, "fixed", 60),
    ]
    at = clock.later(8).replace(tzinfo=None)
    figures = fallen(8, 18)
    copy = publish(
        tmp_path,
        service.store,
        events={LATE: figures, ("team", "shipping"): figures},
        runs=others,
        incidents=incidents,
        at=at,
    )
    review(service.store, copy, {}, clock())
    said = {
        view.improvement.improvement_id: view.verdict.verdict
        for view in service.improvements()
        if view.verdict
    }
    assert said == {of_team: "not comparable", of_monitor: "helped"}


def test_a_grouping_that_changed_is_registered_when_it_shows(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    copy = published(service, clock, tmp_path, fallen(2, 18), runs=RUNS[:1])
    first = {"mon_late_orders": ("entity_id",)}
    assert review(service.store, copy, first, clock()).rule_changes == 0
    assert review(service.store, copy, first, clock()).rule_changes == 0
    other = {"mon_late_orders": ("carrier", "route")}
    clock.later(3)
    assert review(service.store, copy, other, clock()).rule_changes == 1
    [found] = screened_changes(copy, service.store)
    assert (found.change.aspect, found.change.before) == ("grouping", "entity_id")
    assert found.change.after == "carrier, route"
    assert found.change.changed_at == clock()


def test_changes_that_registered_themselves_are_screened_together(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    begins = datetime(2025, 1, 6, 6, tzinfo=UTC)
    parts = {("monitor", f"mon_{place:02d}"): calm(WEEKS_BEFORE + 8) for place in range(12)}
    parts["monitor", "mon_00"] = list(fallen(8, 12))
    runs: list[Run] = [
        (monitor, at, rule) for _, monitor in parts for at, rule in ((begins, "a"), (NOW, "b"))
    ]
    at = clock.later(8).replace(tzinfo=None)
    copy = publish(tmp_path, service.store, events=parts, runs=runs, at=at)
    assert review(service.store, copy, {}, clock()).rule_changes == 12
    found = {
        one.change.monitor_id: one.judgement.found for one in screened_changes(copy, service.store)
    }
    assert {name for name, one in found.items() if one.is_claimed} == {"mon_00"}
    adjusted = [one.adjusted_p_value for one in found.values()]
    assert all(value is not None for value in adjusted)
    step = found["mon_00"].step
    assert step is not None
    assert found["mon_00"].adjusted_p_value == pytest.approx(step.p_value * 12, rel=0.01)


def test_last_month_does_not_change_in_silence(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, fallen(8, 18))
    review(service.store, copy, {}, clock())
    improvement = service.improvement(number).view.improvement
    [same] = revisited(copy, service.store, improvement)
    assert not same.is_other
    assert not same.has_other_figures
    clock.later(9)
    later = list(fallen(9, 18))
    later[WEEKS_BEFORE + 1] = 19.0  # a late row
    slightly = published(service, clock, tmp_path, later)
    review(service.store, slightly, {}, clock())
    [changed] = revisited(slightly, service.store, improvement)
    assert changed.has_other_figures
    assert not changed.is_other
    quite = published(service, clock, tmp_path, [*calm(WEEKS_BEFORE + 10)])
    [other] = revisited(quite, service.store, improvement)
    assert other.is_other
    assert other.kept.verdict == "helped"
    assert service.improvement(number).verdicts == (other.kept,)


def test_a_moved_start_gets_a_verdict_of_its_own(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, fallen(4, 18))
    review(service.store, copy, {}, clock())
    with pytest.raises(Refused, match="another start needs a reason"):
        service.move_improvement(number, ADA, to=START + timedelta(weeks=1))
    service.move_improvement(number, ADA, to=START + timedelta(weeks=1), text="it came later")
    assert service.improvement(number).view.verdict is None
    review(service.store, copy, {}, clock())
    detail = service.improvement(number)
    assert [one.plan_version for one in detail.verdicts] == [1, 3]
    assert detail.view.improvement.late_moves == 1
    assert [(row.step, row.is_late, row.text) for row in detail.history] == [
        (Step.OPENED, False, None),
        (Step.STARTED, False, None),
        (Step.MOVED, True, "it came later"),
    ]
    first, second = revisited(copy, service.store, detail.view.improvement)
    assert first.today is None
    assert second.today is not None


def test_what_is_not_made_or_was_given_up_is_not_judged(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    proposed = service.open_improvement(ADA, title="Later", part=PART, metric="events")
    dropped = registered(service)
    service.drop_improvement(dropped.improvement_id, ADA, text="the carrier left")
    done = registered(service)
    service.finish_improvement(done.improvement_id, ADA, text="it stays")
    copy = published(service, clock, tmp_path, fallen(8, 18))
    assert review(service.store, copy, {}, clock()).verdicts == 1
    assert service.improvement(done.improvement_id).view.verdict is not None
    with pytest.raises(Refused, match="has no start yet"):
        judge(copy, proposed, [])


def test_what_was_registered_late_shows(service: Service, clock: Clock) -> None:
    number = registered(service, start_day=START - timedelta(days=3)).improvement_id
    assert service.improvement(number).view.is_registered_late
    assert not service.improvement(registered(service).improvement_id).view.is_registered_late


def test_only_a_lead_of_the_team_registers(service: Service) -> None:
    with pytest.raises(Forbidden, match=r"'improve' needs a lead of shipping\. Ask ada.moreno"):
        service.open_improvement(BO, title="x", part=PART, metric="events", team="shipping")
    # whoever says that nobody's team has it is no lead for that
    with pytest.raises(Forbidden, match="'improve' needs a lead"):
        service.open_improvement(BO, title="x", part=PART, metric="events")
    one = registered(service)
    with pytest.raises(Forbidden, match="'improve' needs a lead of shipping"):
        service.drop_improvement(one.improvement_id, CY, text="no")
    assert service.improvement(one.improvement_id).view.improvement.stage is Stage.RUNNING
    assert len(service.refusals(person="bo.larsen")) == 2


def test_what_is_named_has_to_exist(service: Service) -> None:
    given: dict[str, Any] = {"title": "x", "part": PART, "metric": "events", "team": "shipping"}
    for wrong, says in (
        ({"owner": "nobody"}, "no person 'nobody'"),
        ({"team": "shed"}, "no team 'shed'"),
        ({"retrospective_id": 9}, "no retrospective 9"),
    ):
        with pytest.raises(NotFound, match=says):
            service.open_improvement(ADA, **{**given, **wrong})
    with pytest.raises(NotFound, match="no improvement 9"):
        service.start_improvement(9, ADA)
    assert service.improvements() == []


@pytest.mark.parametrize(
    "table", ["improvement_log", "improvement_verdicts", "rule_changes", "retrospective_log"]
)
def test_what_was_said_cannot_be_changed(
    service: Service, clock: Clock, tmp_path: Path, table: str
) -> None:
    registered(service)
    service.open_retrospective(ADA, team="shipping")
    review(
        service.store, published(service, clock, tmp_path, fallen(3, 18), runs=RUNS), {}, clock()
    )
    for statement in (f"update {table} set recorded_at = null", f"delete from {table}"):
        sql = statement.replace("recorded_at", "kept_at") if "verdicts" in table else statement
        with (
            pytest.raises(sa.exc.DatabaseError, match="append-only"),
            service.store.engines.writer.connect() as connection,
        ):
            connection.execute(sa.text(sql))


def test_verify_finds_what_no_log_says(service: Service) -> None:
    registered(service)
    number = service.open_retrospective(ADA, team="shipping").retrospective_id
    service.give_action(number, ADA, text="Do it", owner="bo.larsen")
    writes = (
        (tables.improvements, {"target": -0.9}, {"target": -0.3}),
        (tables.retrospectives, {"team": "care"}, {"team": "shipping"}),
        (tables.retrospective_items, {"owner": "cy.ruiz"}, {"owner": "bo.larsen"}),
    )
    store = service.store
    for table, wrong, right in writes:
        with store.engines.write() as connection:
            connection.execute(sa.update(table).values(**wrong))
        [fault] = store.verify().faults
        assert str(next(iter(wrong.values()))) in fault
        with store.engines.write() as connection:
            connection.execute(sa.update(table).values(**right))


acts = st.lists(
    st.tuples(
        st.sampled_from(
            ["open", "start", "move", "finish", "drop", "gather", "note", "act", "end"]
        ),
        st.integers(1, 3),
        st.integers(-9, 9),
    ),
    max_size=12,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=acts)
def test_whatever_happens_the_log_says_how_it_stands(
    service: Service, acts: list[tuple[str, int, int]]
) -> None:
    for act, number, days in acts:
        day = START + timedelta(days=days)
        try:
            match act:
                case "open":
                    service.open_improvement(
                        ADA, title="x", part=PART, metric="events", team="shipping", start_day=day
                    )
                case "start":
                    service.start_improvement(number, ADA)
                case "move":
                    service.move_improvement(number, ADA, to=day, text="why" if days > 0 else None)
                case "finish":
                    service.finish_improvement(number, ADA)
                case "drop":
                    service.drop_improvement(number, ADA, text="why")
                case "gather":
                    service.open_retrospective(ADA, team="shipping")
                case "note":
                    service.note(number, BO, text="x")
                case "act":
                    service.give_action(number, ADA, text="x", owner="bo.larsen", due_day=day)
                case "end":
                    service.settle_action(number, BO, is_done=days > 0, text="x")
        except (Refused, NotFound):
            continue
    assert service.store.verify().faults == ()


def test_without_roles_and_people_a_name_is_enough(store: Store, clock: Clock) -> None:
    free = CONFIG.model_copy(update={"people": frozenset(), "roles": None})
    one = Service(store, free, clock).open_improvement(
        BO, title="x", part=Part("total", "all"), metric="arrivals", owner="somebody"
    )
    assert (one.owner, one.team) == ("somebody", None)
