"""`routing:` and the assignment keys of teams: what they mean, and how each fault is reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from opsloop.assignment import Assign
from opsloop.calendars import ALWAYS_NAME
from opsloop.config.calendars import CalendarSettings
from opsloop.config.routing import (
    Routing,
    TeamAssignment,
    keys_at,
    monitor_faults,
    routing_faults,
    team_faults,
)
from opsloop.config.service_levels import ServiceLevelSettings
from opsloop.faults import faults_of
from opsloop.routing import Rule
from opsloop.routing.conditions import ALWAYS, Evidence, Named, OpenHours, WallClock
from opsloop.routing.values import Null, OneOf, Within
from opsloop.yaml_source import YamlSource, read_yaml

Read = Callable[[str], YamlSource]

CALENDARS = {
    "office": CalendarSettings.model_validate(
        {"time_zone": "UTC", "hours": {"mon-fri": ["08:00-17:00"]}}
    )
}
LEVELS = {
    "urgent": ServiceLevelSettings.model_validate({"targets": {"resolve": {"P1": {"hours": 1}}}})
}
MONITORS = ("mon_late_orders", "mon_lost_orders")
TEAMS = {
    "shipping": SimpleNamespace(members=("ada.moreno",)),
    "keepers": SimpleNamespace(members=()),
}

WHOLE = """\
routing:
  - name: jfk_nights
    when:
      monitor: mon_late_orders
      severity: [critical, high]
      entity: "JFK-*"
      class: exception
      evidence:
        origin: JFK
        seats: {at_least: 200, below: 300.5}
        stops: {at_least: 2, at_most: 2}
        carrier: [UA, AA]
        gate: {is_null: true}
        rank: [1, 2.5, true]
      time: {calendar: office, is_open: false}
    team: shipping
    service_level: urgent
    assign: round_robin
  - name: weekends
    when:
      time: {days: [sat, sun], hours: "22:00-06:00", time_zone: America/New_York}
    team: keepers
  - name: rest
    assign: pull
"""


class File(BaseModel):
    """The part of opsloop.yml that is judged here."""

    routing: Routing = ()


class TeamKeys(TeamAssignment):
    """A team's keys, as far as assignment looks at them."""

    members: tuple[str, ...] = ()


class TeamFile(BaseModel):
    """A file with teams."""

    teams: dict[str, TeamKeys] = Field(default_factory=dict)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def text(content: str) -> YamlSource:
        path = tmp_path / "opsloop.yml"
        path.write_text(content, encoding="utf-8")
        found = read_yaml(path, "opsloop.yml")
        assert isinstance(found, YamlSource)
        return found

    return text


def schema_faults(source: YamlSource, schema: type[BaseModel]) -> list[str]:
    with pytest.raises(ValidationError) as raised:
        schema.model_validate(source.data)
    found = faults_of(raised.value, file=source.file, line_of=source.line_of, keys_at=keys_at)
    return [str(fault) for fault in found]


def rule_faults(source: YamlSource) -> list[str]:
    found = routing_faults(
        source,
        File.model_validate(source.data).routing,
        teams=TEAMS,  # type: ignore[arg-type]
        service_levels=LEVELS,
        calendars=CALENDARS,
    )
    return [str(fault) for fault in found]


def test_every_key_of_a_rule(read: Read) -> None:
    source = read(WHOLE)
    rules = [settings.rule() for settings in File.model_validate(source.data).routing]
    assert rules == [
        Rule(
            "jfk_nights",
            (
                Named("monitor", ("mon_late_orders",)),
                Named("severity", ("critical", "high")),
                Named("entity", ("JFK-*",)),
                Named("class", ("exception",)),
                Evidence("origin", OneOf(("JFK",))),
                Evidence("seats", Within(at_least=200, below=300.5)),
                Evidence("stops", Within(at_least=2, at_most=2)),
                Evidence("carrier", OneOf(("UA", "AA"))),
                Evidence("gate", Null(True)),
                Evidence("rank", OneOf((1, 2.5, True))),
                OpenHours("office", False),
            ),
            "shipping",
            "urgent",
            Assign.ROUND_ROBIN,
        ),
        Rule(
            "weekends",
            (WallClock((5, 6), ((1320, 360),), "America/New_York"),),
            "keepers",
        ),
        Rule("rest", assign=Assign.PULL),
    ]
    assert rule_faults(source) == []
    assert list(monitor_faults(source, File.model_validate(source.data).routing, MONITORS)) == []


def test_values_are_plain(read: Read) -> None:
    """YAML's own numbers remember how they were written, and would not be written as JSON."""
    source = read("routing: [{name: r, team: t, when: {evidence: {x: [0x10, 1.50, yes, +3]}}}]\n")
    (settings,) = File.model_validate(source.data).routing
    (condition,) = settings.rule().conditions
    assert condition == Evidence("x", OneOf((16, 1.5, "yes", 3)))
    assert [type(value) for value in condition.test.values] == [int, float, str, int]  # type: ignore[union-attr]
    assert '"x":[16,1.5,"yes",3]' in settings.model_dump_json()


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ('"mon, wed"', (0, 2)),
        ("[sat-sun, mon, sun]", (0, 5, 6)),
        ("fri-mon", (0, 4, 5, 6)),
    ],
)
def test_days(read: Read, days: str, expected: tuple[int, ...]) -> None:
    source = read(
        f"routing: [{{name: r, team: t, when: {{time: {{days: {days}, time_zone: UTC}}}}}}]"
    )
    (settings,) = File.model_validate(source.data).routing
    assert settings.rule().conditions == (WallClock(expected, ((0, 1440),), "UTC"),)


def test_hours_alone_are_every_day_and_may_be_several(read: Read) -> None:
    source = read(
        'routing: [{name: r, team: t, when: {time: {hours: ["0:00-6:30", "22:00-24:00"], '
        "time_zone: UTC}}}]"
    )
    (settings,) = File.model_validate(source.data).routing
    expected = WallClock(tuple(range(7)), ((0, 390), (1320, 1440)), "UTC")
    assert settings.rule().conditions == (expected,)


def test_always_is_one_calendar() -> None:
    assert ALWAYS == ALWAYS_NAME


def test_no_rules(read: Read) -> None:
    assert File.model_validate(read("routing:\n").data).routing == ()


def when(asked: str) -> str:
    return f"routing:\n  - name: r\n    team: shipping\n    when:\n      {asked}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            when("monitors: x"),
            "opsloop.yml:5 routing[0].when.monitors: 'monitors' is not a known key. Did you mean "
            "'monitor'? Known keys: monitor, severity, entity, class, evidence, time.",
            id="unknown condition",
        ),
        pytest.param(
            "routing:\n  - {name: r, taem: x, team: t}\n",
            "opsloop.yml:2 routing[0].taem: 'taem' is not a known key. Did you mean 'team'? "
            "Known keys: name, when, team, service_level, assign.",
            id="unknown key of a rule",
        ),
        pytest.param(
            when("time: {days: mon, zone: UTC, time_zone: UTC}"),
            "opsloop.yml:5 routing[0].when.time.zone: 'zone' is not a known key. Did you mean "
            "'time_zone'? Known keys: calendar, is_open, days, hours, time_zone.",
            id="unknown key of a time",
        ),
        pytest.param(
            when("evidence: {seats: {at_lest: 3}}"),
            "opsloop.yml:5 routing[0].when.evidence.seats.at_lest: 'at_lest' is not a known key. "
            "Did you mean 'at_least'? Known keys: at_least, above, at_most, below, is_null.",
            id="unknown bound",
        ),
        pytest.param(
            "routing:\n  - {team: t}\n",
            "opsloop.yml:2 routing[0].name: 'name' is missing. Add `name: …`.",
            id="no name",
        ),
        pytest.param(
            "routing:\n  - {name: Big Orders, team: t}\n",
            "opsloop.yml:2 routing[0].name: 'Big Orders' is not a rule's name. Use lower-case "
            "letters, digits, `_` and `-`, such as `big_orders`.",
            id="a title instead of a name",
        ),
        pytest.param(
            "routing:\n  - name: r\n    when: {class: request}\n",
            "opsloop.yml:2 routing[0]: The rule 'r' does nothing. "
            "Add team, service_level or assign.",
            id="does nothing",
        ),
        pytest.param(
            "routing:\n  - {name: r, assign: random}\n",
            "opsloop.yml:2 routing[0].assign: 'random' is not one of pull, round_robin or "
            "least_loaded.",
            id="unknown way",
        ),
        pytest.param(
            "routing: {name: r}\n",
            "opsloop.yml:1 routing: A list belongs here, but it says {'name': 'r'}. Write `[…]`.",
            id="no list",
        ),
        pytest.param(
            when("severity: [hihg, low]"),
            "opsloop.yml:5 routing[0].when.severity[0]: 'hihg' is not one of critical, high, "
            "medium or low. Did you mean 'high'?",
            id="unknown severity",
        ),
        pytest.param(
            when("class: exeption"),
            "opsloop.yml:5 routing[0].when.class[0]: 'exeption' is not one of exception, request, "
            "question or improvement. Did you mean 'exception'?",
            id="unknown class",
        ),
        pytest.param(
            when("entity: []"),
            "opsloop.yml:5 routing[0].when.entity: The list is empty: nothing can match it. "
            "Name one, or remove the key.",
            id="an empty list",
        ),
        pytest.param(
            when('entity: ""'),
            "opsloop.yml:5 routing[0].when.entity[0]: The text is empty: nothing can match it. "
            "Write a name or a pattern.",
            id="an empty text",
        ),
        pytest.param(
            when("entity: 17"),
            "opsloop.yml:5 routing[0].when.entity[0]: It should be string, but it says 17.",
            id="a number instead of a text",
        ),
        pytest.param(
            when("monitor:"),
            "opsloop.yml:5 routing[0].when.monitor: Nothing stands there. "
            "Fill it in, or remove the key.",
            id="nothing after a condition",
        ),
        pytest.param(
            when("evidence: {origin: }"),
            "opsloop.yml:5 routing[0].when.evidence.origin[0]: Nothing stands there. "
            "For a value that is null, write {is_null: true}.",
            id="nothing after a column",
        ),
        pytest.param(
            when("evidence: {day: 2026-03-02}"),
            "opsloop.yml:5 routing[0].when.evidence.day[0]: '2026-03-02' is not a text, a number "
            "or a boolean. Evidence has dates as texts: write them in quotes.",
            id="a date",
        ),
        pytest.param(
            when("evidence: {x: [.nan]}"),
            "opsloop.yml:5 routing[0].when.evidence.x[0]: nan is no number that a value can be. "
            "Write a number.",
            id="not a number",
        ),
        pytest.param(
            when("evidence: {x: {at_least: lots}}"),
            "opsloop.yml:5 routing[0].when.evidence.x.at_least: It should be number, "
            "but it says 'lots'.",
            id="a bound that is no number",
        ),
        pytest.param(
            when("evidence: {x: {at_least: 5, below: 5}}"),
            "opsloop.yml:5 routing[0].when.evidence.x: No number is at least 5 and below 5. "
            "Swap the bounds, or remove one.",
            id="bounds that leave nothing",
        ),
        pytest.param(
            when("evidence: {x: {is_null: true, above: 5}}"),
            "opsloop.yml:5 routing[0].when.evidence.x: A null is within no bounds. "
            "Keep the bounds, or is_null alone.",
            id="null and bounds",
        ),
        pytest.param(
            when("evidence: {x: {}}"),
            "opsloop.yml:5 routing[0].when.evidence.x: It asks nothing. "
            "Write at_least, above, at_most, below or is_null.",
            id="no bounds",
        ),
        pytest.param(
            when("time: {calendar: office}"),
            "opsloop.yml:5 routing[0].when.time: calendar and is_open need each other. "
            "Write both, such as `{calendar: office, is_open: false}`.",
            id="a calendar without is_open",
        ),
        pytest.param(
            when("time: {calendar: always, is_open: false}"),
            "opsloop.yml:5 routing[0].when.time: The calendar 'always' is never closed. "
            "Name a calendar that closes.",
            id="always closed",
        ),
        pytest.param(
            when("time: {days: mon}"),
            "opsloop.yml:5 routing[0].when.time: Days and hours need a time zone. "
            "Add `time_zone: America/New_York`, or `UTC`.",
            id="days without a zone",
        ),
        pytest.param(
            when("time: {time_zone: UTC}"),
            "opsloop.yml:5 routing[0].when.time: It asks nothing. "
            "Add calendar and is_open, or days or hours.",
            id="a zone alone",
        ),
        pytest.param(
            when("time: {days: mon, time_zone: America/New_Yrok}"),
            "opsloop.yml:5 routing[0].when.time.time_zone: There is no time zone "
            "'America/New_Yrok'. Did you mean 'America/New_York'? "
            "Write an IANA name such as `America/New_York`, or `UTC`.",
            id="unknown zone",
        ),
        pytest.param(
            when("time: {days: [monday], time_zone: UTC}"),
            "opsloop.yml:5 routing[0].when.time.days: 'monday' is not a day. Did you mean 'mon'? "
            "Write mon, tue, wed, thu, fri, sat or sun, or a range such as `mon-fri`.",
            id="unknown day",
        ),
        pytest.param(
            when("time: {hours: 22-06, time_zone: UTC}"),
            "opsloop.yml:5 routing[0].when.time.hours: '22-06' is not a span of hours. "
            'Write from and to in quotes, such as "22:00-06:00".',
            id="hours without minutes",
        ),
        pytest.param(
            when("time: {hours: '23:60-24:01', time_zone: UTC}"),
            "opsloop.yml:5 routing[0].when.time.hours: '23:60-24:01' is not a span of hours. "
            'Write from and to in quotes, such as "22:00-06:00".',
            id="hours that no clock shows",
        ),
        pytest.param(
            when("time: {hours: '24:00-06:00', time_zone: UTC}"),
            "opsloop.yml:5 routing[0].when.time.hours: '24:00-06:00' is not a span of hours. "
            'Write from and to in quotes, such as "22:00-06:00".',
            id="hours from the day's end",
        ),
        pytest.param(
            when("time: {hours: '08:00-08:00', time_zone: UTC}"),
            "opsloop.yml:5 routing[0].when.time.hours: '08:00-08:00' ends where it begins. "
            'The whole day is "00:00-24:00".',
            id="hours that are none",
        ),
    ],
)
def test_faults_of_a_rule(read: Read, text: str, expected: str) -> None:
    assert schema_faults(read(text), File) == [expected]


@pytest.mark.parametrize("zone", ["America", "../UTC", "/UTC", "''", "localtime"])
def test_what_is_no_zone_on_any_machine(read: Read, zone: str) -> None:
    text = when(f"time: {{days: mon, time_zone: {zone}}}")
    (fault,) = schema_faults(read(text), File)
    assert "There is no time zone" in fault


def test_all_faults_at_once(read: Read) -> None:
    text = "routing:\n  - {name: r}\n  - {name: s, team: Big}\n  - {name: t, when: {class: x}}\n"
    assert [fault.split(": ")[0] for fault in schema_faults(read(text), File)] == [
        "opsloop.yml:2 routing[0]",
        "opsloop.yml:3 routing[1].team",
        "opsloop.yml:4 routing[2].when.class[0]",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "routing:\n  - name: r\n    team: shiping\n",
            "opsloop.yml:3 routing[0].team: There is no team 'shiping'. Did you mean 'shipping'? "
            "Define it, or name another team here.",
            id="unknown team",
        ),
        pytest.param(
            "routing:\n  - name: r\n    service_level: urgnt\n",
            "opsloop.yml:3 routing[0].service_level: There is no service level 'urgnt'. Did you "
            "mean 'urgent'? Define it under `service_levels`, or name another.",
            id="unknown service level",
        ),
        pytest.param(
            when("time: {calendar: offices, is_open: true}"),
            "opsloop.yml:5 routing[0].when.time.calendar: There is no calendar 'offices'. Did you "
            "mean 'office'? Define it under `calendars`, or write `always`.",
            id="unknown calendar",
        ),
        pytest.param(
            "routing:\n  - name: r\n    team: keepers\n    assign: least_loaded\n",
            "opsloop.yml:4 routing[0].assign: The team 'keepers' has no members to assign to. "
            "Add members, or assign by pull.",
            id="nobody to assign to",
        ),
        pytest.param(
            "routing:\n  - {name: r, team: shipping, when: {class: request}}\n"
            "  - {name: r, team: shipping}\n",
            "opsloop.yml:3 routing[1].name: The rule in line 2 has the name 'r' already. "
            "Rename one.",
            id="a name twice",
        ),
        pytest.param(
            "routing:\n"
            "  - {name: bad, team: shipping, when: {severity: [critical, high]}}\n"
            "  - {name: other, team: shipping, when: {class: request}}\n"
            "  - {name: worst, team: shipping, when: {severity: critical, entity: A*}}\n",
            "opsloop.yml:4 routing[2]: The rule 'worst' can never match: 'bad' in line 2 comes "
            "first and matches whatever it matches. "
            "Put it before 'bad', or let 'bad' ask for more.",
            id="shadowed",
        ),
    ],
)
def test_faults_among_rules(read: Read, text: str, expected: str) -> None:
    assert rule_faults(read(text)) == [expected]


def test_a_rule_without_conditions_leaves_nothing(read: Read) -> None:
    text = "routing:\n" + "".join(f"  - {{name: {name}, team: shipping}}\n" for name in "abc")
    found = [fault.split(": ")[:2] for fault in rule_faults(read(text))]
    assert found == [
        ["opsloop.yml:3 routing[1]", "The rule 'b' can never match"],
        ["opsloop.yml:4 routing[2]", "The rule 'c' can never match"],
    ]


def test_what_only_may_be_out_of_reach_is_no_fault(read: Read) -> None:
    text = """\
routing:
  - {name: a, team: shipping, when: {entity: "JFK-*", severity: high}}
  - {name: b, team: shipping, when: {entity: "*-1", severity: [critical, high]}}
  - {name: c, team: shipping, when: {time: {calendar: office, is_open: true}}}
  - {name: d, team: shipping, when: {time: {calendar: office, is_open: false}}}
  - {name: e, team: shipping, when: {evidence: {x: {at_least: 5}}}}
  - {name: f, team: shipping, when: {evidence: {x: {below: 5.5}}}}
  - {name: g, team: shipping, when: {monitor: "*"}}
  - {name: h, team: shipping}
"""
    assert rule_faults(read(text)) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(
            "monitor: mon_late_order",
            "opsloop.yml:5 routing[0].when.monitor: There is no monitor 'mon_late_order'. Did you "
            "mean 'mon_late_orders'? Define it, or name another monitor here.",
            id="unknown",
        ),
        pytest.param(
            "monitor: [mon_late_orders,\n        gone, 'mon_l?st_*']",
            "opsloop.yml:6 routing[0].when.monitor[1]: There is no monitor 'gone'. "
            "Define it, or name another monitor here.",
            id="one of a list",
        ),
        pytest.param(
            "monitor: late_*",
            "opsloop.yml:5 routing[0].when.monitor: No monitor's id matches 'late_*'. "
            "`opsloop monitors list` shows all.",
            id="a pattern for none",
        ),
    ],
)
def test_faults_of_monitors(read: Read, asked: str, expected: str) -> None:
    source = read(when(asked))
    rules = File.model_validate(source.data).routing
    assert [str(fault) for fault in monitor_faults(source, rules, MONITORS)] == [expected]


TEAM = """\
teams:
  shipping:
    members: [ada.moreno, li.wei]
    assign: least_loaded
    limit: 8
    limits: {ada.moreno: 5, li.wei: 0}
  keepers: {limit: 3}
"""


def teams_faults(source: YamlSource) -> list[str]:
    teams = TeamFile.model_validate(source.data).teams
    return [str(fault) for fault in team_faults(source, teams)]


def test_the_keys_of_a_team(read: Read) -> None:
    source = read(TEAM)
    team = TeamFile.model_validate(source.data).teams["shipping"]
    assert team.assign is Assign.LEAST_LOADED
    assert [team.limit_of(one) for one in ("ada.moreno", "li.wei", "bo")] == [5, 0, 8]
    assert teams_faults(source) == []
    assert TeamAssignment() == TeamAssignment(assign=Assign.PULL, limit=None, limits={})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            TEAM.replace("li.wei: 0", "li.way: 0"),
            "opsloop.yml:6 teams.shipping.limits.li.way: 'li.way' is no member of 'shipping'. Did "
            "you mean 'li.wei'? A limit is for a member: add them to members, or remove it.",
            id="a limit of nobody",
        ),
        pytest.param(
            "teams:\n  keepers:\n    assign: round_robin\n",
            "opsloop.yml:3 teams.keepers.assign: The team 'keepers' has no members to assign to. "
            "Add members, or assign by pull.",
            id="nobody to assign to",
        ),
    ],
)
def test_faults_of_a_team(read: Read, text: str, expected: str) -> None:
    assert teams_faults(read(text)) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("limit: 8", "limit: 0"), "opsloop.yml:5 teams.shipping.limit: It should be greater"),
        (("limit: 8", "limit: 2.5"), "opsloop.yml:5 teams.shipping.limit: It should be integer"),
        (("li.wei: 0", "li.wei: -1"), "opsloop.yml:6 teams.shipping.limits.li.wei: It should be"),
        (("li.wei: 0", "Li Wei: 1"), "opsloop.yml:6 teams.shipping.limits.Li Wei: 'Li Wei' is"),
        (("least_loaded", "lazy"), "opsloop.yml:4 teams.shipping.assign: 'lazy' is not one of"),
    ],
)
def test_values_of_a_team(read: Read, change: tuple[str, str], expected: str) -> None:
    (fault,) = schema_faults(read(TEAM.replace(*change)), TeamFile)
    assert fault.startswith(expected)


def test_keys_are_known_by_their_place() -> None:
    places: list[tuple[Any, ...]] = [
        ("routing", 0),
        ("routing", 0, "when"),
        ("routing", 0, "when", "time"),
        ("routing", 0, "when", "evidence", "seats"),
    ]
    assert [keys_at(place)[0] for place in places] == ["name", "monitor", "calendar", "at_least"]
