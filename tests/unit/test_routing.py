"""Routing rules: each condition by example, the first match, and what can be proved of rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.assignment import Assign
from opsloop.routing import Facts, Rule, Tried, route
from opsloop.routing.conditions import (
    ALWAYS,
    DAY_MINUTES,
    Condition,
    Evidence,
    Named,
    OpenHours,
    WallClock,
)
from opsloop.routing.globs import glob_is_covered, glob_matches
from opsloop.routing.values import Null, OneOf, Test, Within, any_of, shown
from opsloop.types import Severity

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
FACTS = Facts(
    at=MONDAY + timedelta(hours=9),
    owner="shipping",
    monitor="mon_late_orders",
    severity=Severity.HIGH,
    entity="JFK-17",
    class_="exception",
    evidence={"origin": "JFK", "seats": 220, "carrier": None},
)
DAILY = tuple(range(7))
ALL_DAY = ((0, DAY_MINUTES),)


def office(calendar: str, at: datetime) -> bool:
    """Open from Monday to Friday, 8 to 17 UTC; `always` always."""
    return calendar == ALWAYS or (at.weekday() < 5 and 8 <= at.hour < 17)


def rule(name: str, *conditions: Condition, **says: Any) -> Rule:
    return Rule(name, conditions, **(says or {"team": f"team_of_{name}"}))


@pytest.mark.parametrize(
    ("condition", "holds", "words"),
    [
        pytest.param(
            Named("monitor", ("mon_late_orders",)),
            True,
            "monitor is mon_late_orders",
            id="the monitor itself",
        ),
        pytest.param(
            Named("monitor", ("mon_l*", "x")),
            True,
            "monitor is mon_late_orders (mon_l* or x)",
            id="a pattern",
        ),
        pytest.param(
            Named("monitor", ("late",)),
            False,
            "monitor is mon_late_orders, not late",
            id="a part is no match",
        ),
        pytest.param(
            Named("entity", ("jfk-*",)), False, "entity is JFK-17, not jfk-*", id="case counts"
        ),
        pytest.param(
            Named("severity", ("critical", "high")),
            True,
            "severity is high (critical or high)",
            id="severity",
        ),
        pytest.param(
            Named("class", ("request",)), False, "class is exception, not request", id="class"
        ),
        pytest.param(
            Evidence("origin", OneOf(("JFK", "LGA"))),
            True,
            "evidence.origin is JFK (JFK or LGA)",
            id="one of",
        ),
        pytest.param(
            Evidence("seats", Within(at_least=200, below=221)),
            True,
            "evidence.seats is 220 (at least 200 and below 221)",
            id="bounds",
        ),
        pytest.param(
            Evidence("seats", Within(above=220)),
            False,
            "evidence.seats is 220, not above 220",
            id="a bound outside",
        ),
        pytest.param(
            Evidence("seats", OneOf(("220",))),
            False,
            "evidence.seats is 220, not '220'",
            id="a text is no number",
        ),
        pytest.param(
            Evidence("carrier", Null(True)), True, "evidence.carrier is null", id="a null"
        ),
        pytest.param(
            Evidence("carrier", Null(False)),
            False,
            "evidence.carrier is null, not a value",
            id="no value",
        ),
        pytest.param(
            Evidence("origin", Null(False)), True, "evidence.origin is JFK (a value)", id="a value"
        ),
        pytest.param(
            Evidence("gate", Null(True)),
            False,
            "evidence.gate is missing, not null",
            id="a column that is not there is not null",
        ),
        pytest.param(OpenHours("office", True), True, "calendar office is open", id="open"),
        pytest.param(
            OpenHours("office", False), False, "calendar office is open, not closed", id="closed"
        ),
        pytest.param(
            WallClock((0, 1), ((240, 300),), "America/New_York"),
            True,
            "time is mon 04:00 in America/New_York (mon, tue 04:00-05:00 in America/New_York)",
            id="the zone's clock",
        ),
        pytest.param(
            WallClock(DAILY, ((0, 60), (600, 660)), "UTC"),
            False,
            "time is mon 09:00 in UTC, not daily 00:00-01:00, 10:00-11:00 in UTC",
            id="two spans",
        ),
    ],
)
def test_a_condition_says_what_it_found(condition: Condition, holds: bool, words: str) -> None:
    finding = condition.judge(FACTS, office)
    assert (finding.holds, str(finding)) == (holds, words)


@pytest.mark.parametrize("key", ["monitor", "severity", "entity", "class"])
def test_what_is_unknown_matches_nothing(key: Any) -> None:
    finding = Named(key, ("*",)).judge(Facts(at=MONDAY, owner="shipping"), office)
    assert str(finding) == f"{key} is unknown, not *"


@pytest.mark.parametrize(
    ("days", "hours", "moment", "holds"),
    [
        # Saturday and Sunday nights: they begin on these days and end on the next
        ((5, 6), ((1320, 360),), "2026-03-07 21:59:59", False),
        ((5, 6), ((1320, 360),), "2026-03-07 22:00:00", True),
        ((5, 6), ((1320, 360),), "2026-03-07 03:00:00", False),
        ((5, 6), ((1320, 360),), "2026-03-08 03:00:00", True),
        ((5, 6), ((1320, 360),), "2026-03-09 05:59:59", True),
        ((5, 6), ((1320, 360),), "2026-03-09 06:00:00", False),
        ((0,), ((1320, 1440),), "2026-03-02 23:59:59", True),
        ((0,), ((1320, 1440),), "2026-03-03 00:00:00", False),
        ((0,), ALL_DAY, "2026-03-02 00:00:00", True),
    ],
)
def test_nights_belong_to_the_day_they_begin_on(
    days: tuple[int, ...], hours: tuple[tuple[int, int], ...], moment: str, holds: bool
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert WallClock(days, hours, "UTC").judge(replace(FACTS, at=at), office).holds is holds


def test_the_wall_clock_moves_with_daylight_saving() -> None:
    clock = WallClock(DAILY, ((480, 540),), "America/New_York")  # 08:00-09:00
    for moment, holds in (("2026-03-07T13:30", True), ("2026-03-09T12:30", True)):
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        assert clock.judge(replace(FACTS, at=at), office).holds is holds
        assert not clock.judge(replace(FACTS, at=at + timedelta(hours=1)), office).holds


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        replace(FACTS, at=datetime(2026, 3, 2))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("test", "value", "holds"),
    [
        (OneOf((1,)), 1.0, True),
        (OneOf((0.1,)), Decimal("0.10"), True),
        (OneOf((1,)), True, False),
        (OneOf((True,)), 1, False),
        (OneOf((True,)), True, True),
        (OneOf((True, 2)), 1, False),
        (OneOf((1, 2)), 1, True),
        (OneOf(("a",)), None, False),
        (OneOf(("a",)), ["a"], False),
        (OneOf((0,)), float("nan"), False),
        (Within(at_least=0.1), Decimal("0.1"), True),
        (Within(at_least=200), "220", False),
        (Within(at_least=0), True, False),
        (Within(at_least=0), None, False),
        (Within(at_least=0), float("nan"), False),
        (Within(at_least=0), float("inf"), True),
        (Within(at_most=5, below=5), 5, False),
        (Within(at_least=5, at_most=5), 5, True),
    ],
)
def test_only_what_is_alike_is_compared(test: Test, value: Any, holds: bool) -> None:
    assert test.holds(value) is holds


def test_values_are_shown_as_what_they_are() -> None:
    values = (None, True, 3, 3.0, 2.5, "JFK", "3", "null", "", " a", "x" * 80)
    assert [shown(value) for value in values] == [
        *("null", "true", "3", "3", "2.5", "JFK", "'3'", "'null'", "''", "' a'"),
        "x" * 57 + "…",
    ]
    assert any_of(["a"]) == "a"
    assert any_of(["a", "b", "c"]) == "a, b or c"


def test_the_first_match_wins_and_says_why() -> None:
    rules = (
        rule("severe", Named("severity", ("critical",))),
        rule("big", Named("monitor", ("mon_*",)), Evidence("seats", Within(at_least=300))),
        rule(
            "jfk_day",
            Named("entity", ("JFK-*",)),
            OpenHours("office", True),
            team="network_control",
            service_level="urgent",
            assign=Assign.ROUND_ROBIN,
        ),
        rule("rest"),
    )
    found = route(rules, FACTS, office)
    assert (found.team, found.team_from, found.rule) == ("network_control", "rule", "jfk_day")
    assert (found.service_level, found.assign) == ("urgent", Assign.ROUND_ROBIN)
    assert [one.rule for one in found.tried] == ["severe", "big", "jfk_day"]
    assert found.tried[2].failed is None
    assert found.in_words() == (
        "severe does not match: severity is high, not critical.",
        "big does not match: evidence.seats is 220, not at least 300.",
        "jfk_day matches: entity is JFK-17 (JFK-*); calendar office is open.",
        "The team is network_control, as jfk_day says.",
        "The service level is urgent, as jfk_day says.",
        "It is assigned by round_robin, as jfk_day says.",
    )


@pytest.mark.parametrize(
    ("rules", "row_owner", "expected"),
    [
        pytest.param(
            (), None, ("There are no rules.", "The team is shipping, its owner."), id="no rules"
        ),
        pytest.param(
            (rule("r", Named("class", ("request",))),),
            None,
            (
                "r does not match: class is exception, not request.",
                "No rule matches.",
                "The team is shipping, its owner.",
            ),
            id="no match: the monitor's owner",
        ),
        pytest.param(
            (),
            "night_desk",
            ("There are no rules.", "The team is night_desk, the owner that its row names."),
            id="no match: the row's owner goes first",
        ),
        pytest.param(
            (rule("r", service_level="urgent"),),
            "night_desk",
            (
                "r matches: it has no conditions.",
                "The team is night_desk, the owner that its row names.",
                "The service level is urgent, as r says.",
            ),
            id="a rule without a team leaves the owner",
        ),
        pytest.param(
            (rule("r", team="desk"),),
            "night_desk",
            ("r matches: it has no conditions.", "The team is desk, as r says."),
            id="a rule's team goes before the row's owner",
        ),
    ],
)
def test_without_a_rules_team(
    rules: tuple[Rule, ...], row_owner: str | None, expected: tuple[str, ...]
) -> None:
    assert route(rules, replace(FACTS, row_owner=row_owner), office).in_words() == expected


# --- properties ------------------------------------------------------------------------------

LETTERS = "ab"
short_globs = st.text(alphabet=f"{LETTERS}*?", min_size=1, max_size=4)
TEXTS = tuple("".join(text) for size in range(7) for text in product("abc", repeat=size))

numbers = st.none() | st.integers(0, 3)
value_tests: st.SearchStrategy[Test] = (
    st.builds(OneOf, st.lists(st.sampled_from((0, 1, 2, "a", True)), min_size=1).map(tuple))
    | st.builds(Within, numbers, numbers, numbers, numbers)
    | st.builds(Null, st.booleans())
)
VALUES = (None, *(number / 2 for number in range(-1, 9)), "a", "b", True, False, [])

spans = st.tuples(st.sampled_from((0, 360, 1320)), st.sampled_from((360, 720, 1440)))
kinds: dict[str, st.SearchStrategy[Condition]] = {
    "monitor": st.builds(
        Named, st.just("monitor"), st.lists(short_globs, min_size=1, max_size=2).map(tuple)
    ),
    "severity": st.builds(
        Named,
        st.just("severity"),
        st.lists(st.sampled_from(tuple(map(str, Severity))), min_size=1).map(tuple),
    ),
    "evidence.x": st.builds(Evidence, st.just("x"), value_tests),
    "evidence.y": st.builds(Evidence, st.just("y"), value_tests),
    "calendar office": st.builds(OpenHours, st.just("office"), st.booleans()),
    "calendar always": st.builds(OpenHours, st.just(ALWAYS), st.booleans()),
    "time": st.builds(
        WallClock,
        st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
        st.lists(spans, min_size=1, max_size=2).map(tuple),
        st.sampled_from(("UTC", "America/New_York")),
    ),
}
conditions = st.one_of(*kinds.values())
pairs = st.sampled_from(tuple(kinds)).flatmap(lambda key: st.tuples(kinds[key], kinds[key]))


def keyed(found: list[Condition]) -> tuple[Condition, ...]:
    """Return the conditions, one for each key, as the settings have them."""
    return tuple({condition.key: condition for condition in found}.values())


rules_of_any_kind = st.builds(
    Rule,
    name=st.text("rst", min_size=1),
    conditions=st.lists(conditions, max_size=3).map(keyed),
    team=st.none() | st.sampled_from(("one", "two")),
    service_level=st.none() | st.just("urgent"),
    assign=st.none() | st.sampled_from(Assign),
)
facts_of_any_kind = st.builds(
    Facts,
    at=st.integers(0, 14 * DAY_MINUTES).map(lambda minute: MONDAY + timedelta(minutes=minute)),
    owner=st.just("owner"),
    row_owner=st.none() | st.just("row_owner"),
    monitor=st.none() | st.sampled_from(TEXTS[:40]),
    entity=st.none() | st.sampled_from(TEXTS[:40]),
    severity=st.none() | st.sampled_from(Severity),
    evidence=st.dictionaries(st.sampled_from("xy"), st.sampled_from(VALUES)),
)


def naive_match(glob: str, text: str) -> bool:
    """Match letter by letter, trying everything."""
    if not glob:
        return not text
    if glob[0] == "*":
        return any(naive_match(glob[1:], text[taken:]) for taken in range(len(text) + 1))
    return bool(text) and glob[0] in ("?", text[0]) and naive_match(glob[1:], text[1:])


def naive_value(test: Test, value: Any) -> bool:
    if isinstance(test, Null):
        return (value is None) == test.is_null
    if isinstance(value, bool) or not isinstance(value, float):
        return isinstance(test, OneOf) and any(
            type(one) is type(value) and one == value for one in test.values
        )
    if isinstance(test, OneOf):
        return any(type(one) is int and one == value for one in test.values)
    return (
        (test.at_least is None or value >= test.at_least)
        and (test.above is None or value > test.above)
        and (test.at_most is None or value <= test.at_most)
        and (test.below is None or value < test.below)
    )


def naive_holds(condition: Condition, facts: Facts) -> bool:
    match condition:
        case Named("severity", words):
            return facts.severity is not None and facts.severity.value in words
        case Named(key, globs):
            text = getattr(facts, key)
            return text is not None and any(naive_match(glob, text) for glob in globs)
        case Evidence(column, test):
            return column in facts.evidence and naive_value(test, facts.evidence[column])
        case OpenHours(calendar, is_open):
            return office(calendar, facts.at) == is_open
        case WallClock():
            return naive_clock(condition, facts.at)
    raise AssertionError(condition)


def naive_clock(clock: WallClock, at: datetime) -> bool:
    """Ask for today's spans and for yesterday's that pass midnight."""
    # March 2026 in New York: five hours behind until the 8th at 07:00, then four
    late = at >= datetime(2026, 3, 8, 7, tzinfo=UTC)
    behind = timedelta(hours=0 if clock.time_zone == "UTC" else 4 if late else 5)
    local = (at - behind).replace(tzinfo=None)
    minute, today = local.hour * 60 + local.minute, local.weekday()
    for first, end in clock.hours:
        if end > first:
            if today in clock.days and first <= minute < end:
                return True
        elif (today in clock.days and minute >= first) or (
            (today - 1) % 7 in clock.days and minute < end
        ):
            return True
    return False


@settings(deadline=None)
@given(st.lists(rules_of_any_kind, max_size=5), facts_of_any_kind)
def test_first_match_wins_as_a_naive_reading_has_it(rules: list[Rule], facts: Facts) -> None:
    found = route(rules, facts, office)
    matching = [one for one in rules if all(naive_holds(it, facts) for it in one.conditions)]
    match = matching[0] if matching else None
    assert found.rule == (match and match.name)
    assert found.team == (match and match.team) or facts.row_owner or facts.owner
    assert found.service_level == (match and match.service_level)
    assert found.assign == (match and match.assign)
    assert len(found.tried) == (rules.index(match) + 1 if match else len(rules))
    for one, tried in zip(rules, found.tried, strict=False):
        assert_explained(one, tried, facts)


def assert_explained(one: Rule, tried: Tried, facts: Facts) -> None:
    """Hold that a rule's findings are its conditions up to the first that fails, and no more."""
    truth = [naive_holds(condition, facts) for condition in one.conditions]
    until = truth.index(False) + 1 if False in truth else len(truth)
    assert [finding.holds for finding in tried.findings] == truth[:until]
    assert [finding.key for finding in tried.findings] == [
        condition.key for condition in one.conditions[:until]
    ]


@settings(max_examples=500, deadline=None)
@given(pairs, facts_of_any_kind)
def test_what_a_condition_covers_it_takes(pair: tuple[Condition, Condition], facts: Facts) -> None:
    one, other = pair
    assert one.key == other.key
    if one.covers(other) and naive_holds(other, facts):
        assert naive_holds(one, facts)


@settings(deadline=None)
@given(rules_of_any_kind, st.data(), facts_of_any_kind)
def test_a_rule_that_is_covered_never_matches_alone(
    one: Rule, data: st.DataObject, facts: Facts
) -> None:
    """Hold of a proof that nothing speaks against it: no false alarms."""
    narrower = [data.draw(kinds[condition.key]) for condition in one.conditions]
    other = Rule("other", keyed([*data.draw(st.lists(conditions, max_size=1)), *narrower]))
    if one.covers(other) and all(naive_holds(it, facts) for it in other.conditions):
        assert all(naive_holds(it, facts) for it in one.conditions)
    # and what asks the same and more is covered
    assert one.covers(Rule("more", keyed([*data.draw(st.lists(conditions)), *one.conditions])))


@settings(max_examples=1000, deadline=None)
@given(value_tests, value_tests)
def test_what_a_value_test_covers(one: Test, other: Test) -> None:
    """Hold both ways, except for bounds that leave nothing: the settings refuse those."""
    if any(isinstance(test, Within) and test.is_empty for test in (one, other)):
        return
    takes = {index for index, value in enumerate(VALUES) if one.holds(value)}
    asked = {index for index, value in enumerate(VALUES) if other.holds(value)}
    if one.covers(other):
        assert asked <= takes
    elif asked <= takes:
        # the values are a sample: an open interval, or all that is no null, has more
        assert isinstance(other, Within | Null)


@given(value_tests, st.sampled_from(VALUES))
def test_a_value_test_agrees_with_a_naive_reading(test: Test, value: Any) -> None:
    assert test.holds(value) == naive_value(test, value)


@given(short_globs, st.sampled_from(TEXTS))
def test_a_pattern_agrees_with_a_naive_reading(glob: str, text: str) -> None:
    assert glob_matches(glob, text) == naive_match(glob, text)


@settings(deadline=None)
@given(short_globs, st.lists(short_globs, max_size=3))
def test_a_pattern_is_covered_exactly_if_no_text_speaks_against_it(
    glob: str, by: list[str]
) -> None:
    """Hold both ways: texts of six letters, one of them in no pattern, decide for short ones."""
    against = [
        text
        for text in TEXTS
        if glob_matches(glob, text) and not any(glob_matches(one, text) for one in by)
    ]
    assert glob_is_covered(glob, by) == (not against)


@pytest.mark.parametrize(
    ("glob", "by", "is_covered"),
    [
        ("mon_late_*", ["mon_*"], True),
        ("mon_*", ["mon_late_*"], False),
        ("JFK-17", ["LGA-*", "JFK-??"], True),
        ("?*", ["?", "??*"], True),  # only both together
        ("*", ["?*"], False),  # the empty text
        ("*[1]*", ["*[*"], True),  # brackets are letters
        ("a.c", ["abc"], False),
        ("*a?????????????????????????", ["*b?????????????????????????"], False),
        ("*a*a*a*a*a*a*a*a*", ["*a*a*a*a*"], True),
    ],
)
def test_covered_patterns(glob: str, by: list[str], is_covered: bool) -> None:
    assert glob_is_covered(glob, by) is is_covered


def test_a_bracket_is_a_letter() -> None:
    assert glob_matches("gate[1]*", "gate[1]b")
    assert not glob_matches("gate[1]", "gate1")


def test_a_proof_that_would_take_too_long_is_no_proof() -> None:
    assert not glob_is_covered("*a" + "?" * 20 + "b", ["*a" + "?" * 21, "c"])


@pytest.mark.parametrize(
    ("one", "other", "covers"),
    [
        pytest.param((), (Named("entity", ("a",)),), True, id="no condition covers all"),
        pytest.param((Named("entity", ("*",)),), (), False, id="an incident may have no entity"),
        pytest.param(
            (Named("severity", ("critical", "high")),),
            (Named("severity", ("high",)), Named("class", ("request",))),
            True,
            id="more asked is less matched",
        ),
        pytest.param(
            (Evidence("x", Within(at_least=100)),),
            (Evidence("x", Within(above=100, at_most=200)),),
            True,
            id="bounds within bounds",
        ),
        pytest.param(
            (Evidence("x", Within(above=100)),),
            (Evidence("x", Within(at_least=100)),),
            False,
            id="the bound itself is left",
        ),
        pytest.param(
            (Evidence("x", OneOf((5,))),),
            (Evidence("x", Within(at_least=5, at_most=5)),),
            True,
            id="bounds that leave one number",
        ),
        pytest.param(
            (Evidence("x", OneOf((5,))),),
            (Evidence("x", Within(at_least=5)),),
            False,
            id="bounds that leave more than that number",
        ),
        pytest.param(
            (Evidence("x", Within(at_least=1)),),
            (Evidence("y", Within(at_least=1)),),
            False,
            id="another column",
        ),
        pytest.param(
            (Evidence("x", Null(False)),), (Evidence("x", OneOf(("a",))),), True, id="no null"
        ),
        pytest.param(
            (OpenHours("office", False),),
            (WallClock((5, 6), ALL_DAY, "UTC"),),
            False,
            id="nothing is known of calendars",
        ),
        pytest.param((OpenHours(ALWAYS, True),), (), True, id="but that always is open"),
        pytest.param((WallClock(DAILY, ALL_DAY, "UTC"),), (), True, id="every minute"),
        pytest.param(
            (WallClock((0,), ((600, 1440), (0, 600)), "UTC"),),
            (WallClock((6, 0), ((60, 120),), "UTC"),),
            False,
            id="another day",
        ),
        pytest.param(
            (WallClock((6,), ((1320, 360),), "UTC"),),
            (WallClock((0,), ((60, 120),), "UTC"),),
            True,
            id="the night before",
        ),
        pytest.param(
            (WallClock((0, 1), ALL_DAY, "UTC"),),
            (WallClock((0,), ALL_DAY, "Europe/Berlin"),),
            False,
            id="another zone",
        ),
    ],
)
def test_covered_rules(
    one: tuple[Condition, ...], other: tuple[Condition, ...], covers: bool
) -> None:
    assert Rule("one", one).covers(Rule("other", other)) is covers
