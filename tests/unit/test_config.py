"""opsloop.yml: what it may say, what it means, and how each fault is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.config import Config, check_config, load_config
from opsloop.errors import ConfigError
from opsloop.types import Severity

GOOD = """\
maintainers: keepers
teams:
  keepers:
  dispatch:
    lead: ada.moreno
    members: [li.wei, sam.okoro]
    description: Sends orders off.
people: [guest.one]
"""


def project(tmp_path: Path, root: str, **domains: str) -> Path:
    """Write a root opsloop.yml and one per domain; return the project's folder."""
    (tmp_path / "opsloop.yml").write_text(root, encoding="utf-8")
    for domain, text in domains.items():
        folder = tmp_path / "monitors" / domain
        folder.mkdir(parents=True)
        (folder / "opsloop.yml").write_text(text, encoding="utf-8")
    return tmp_path


def faults(folder: Path) -> list[str]:
    config, found = check_config(folder)
    assert config is None
    return [str(fault) for fault in found]


def test_teams_people_and_defaults(tmp_path: Path) -> None:
    config = load_config(project(tmp_path, GOOD))
    assert set(config.teams) == {"keepers", "dispatch"}
    assert config.teams["dispatch"].name == "dispatch"
    assert config.maintainers == "keepers"
    assert config.people == {"ada.moreno", "li.wei", "sam.okoro", "guest.one"}
    assert [config.priority_of(word) for word in Severity] == [
        "P1",
        "P2",
        "P3",
        "P4",
    ]


def test_a_priority_can_be_set_alone(tmp_path: Path) -> None:
    config = load_config(project(tmp_path, GOOD + "priorities: {high: P1}\n"))
    assert (config.priority_of(Severity.HIGH), config.priority_of(Severity.LOW)) == ("P1", "P4")


def test_team_of_prefers_membership_to_leading(tmp_path: Path) -> None:
    text = """\
    teams:
      maintainers: {lead: ada.moreno}
      stations: {members: [ada.moreno]}
      dispatch: {lead: li.wei}
    """
    config = load_config(project(tmp_path, text))
    assert config.team_of("ada.moreno") == "stations"
    assert config.team_of("li.wei") == "dispatch"
    assert config.team_of("nobody.here") is None


def test_domains_add_their_teams(tmp_path: Path) -> None:
    folder = project(tmp_path, GOOD, shop="teams: {shipping: {members: [mo.bauer]}}\n")
    config = load_config(folder)
    assert config.teams["shipping"].members == ("mo.bauer",)
    assert "mo.bauer" in config.people


def test_checksum_moves_with_settings_only(tmp_path: Path) -> None:
    before = load_config(project(tmp_path, GOOD))
    reordered = "# a comment\npeople: [guest.one]\n" + GOOD.replace("people: [guest.one]\n", "")
    same = load_config(project(tmp_path, reordered))
    other = load_config(project(tmp_path, GOOD.replace("li.wei", "li.wang")))
    assert before.checksum == same.checksum != other.checksum
    assert before.as_json() == same.as_json()


def test_settings_are_frozen(tmp_path: Path) -> None:
    config: Config = load_config(project(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        config.maintainers = "others"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            GOOD + "team: {}\n",
            "opsloop.yml:9 team: 'team' is not a known key. Did you mean 'teams'? "
            "Known keys: teams, people, calendars, service_levels, include, maintainers, "
            "priorities, resolution_codes, default_service_level, routing, maintenance, "
            "inhibitions, roles, rates, person_figures.",
            id="unknown key",
        ),
        pytest.param(
            GOOD.replace("members", "member"),
            "opsloop.yml:6 teams.dispatch.member: 'member' is not a known key. "
            "Did you mean 'members'? Known keys: assign, limit, limits, lead, members, "
            "description, calendar.",
            id="unknown key of a team",
        ),
        pytest.param(
            GOOD.replace("li.wei", "Li Wei"),
            "opsloop.yml:6 teams.dispatch.members[0]: 'Li Wei' is not a person's id. "
            "Write one word, such as `ada.moreno`.",
            id="a name instead of an id",
        ),
        pytest.param(
            GOOD.replace("dispatch:", "Dispatch Desk:"),
            "opsloop.yml:4 teams.Dispatch Desk: 'Dispatch Desk' is not a team's name. "
            "Use lower-case letters, digits, `_` and `-`, such as `ground_ops`.",
            id="a title instead of a name",
        ),
        pytest.param(
            GOOD.replace("maintainers: keepers", "maintainers: keeper"),
            "opsloop.yml:1 maintainers: There is no team 'keeper' to look after the monitors "
            "themselves. Did you mean 'keepers'? Define it under `teams`, or name another team "
            "here.",
            id="unknown maintainers",
        ),
        pytest.param(
            GOOD + "priorities: {urgent: P1}\n",
            "opsloop.yml:9 priorities.urgent: 'urgent' is not one of critical, high, medium or "
            "low.",
            id="unknown severity",
        ),
        pytest.param(
            GOOD + "priorities:\n  high: P7\n",
            "opsloop.yml:10 priorities.high: 'P7' is not one of P1, P2, P3 or P4.",
            id="unknown priority",
        ),
        pytest.param(
            GOOD + "include: ['../elsewhere/*.yml']\n",
            "opsloop.yml:9 include[0]: '../elsewhere/*.yml' leads out of the project. "
            "Write a path below its root.",
            id="include leads out",
        ),
        pytest.param(
            GOOD.replace("[li.wei, sam.okoro]", "li.wei"),
            "opsloop.yml:6 teams.dispatch.members: A list belongs here, but it says 'li.wei'. "
            "Write `[…]`.",
            id="a word instead of a list",
        ),
        pytest.param(
            GOOD.replace("description: Sends orders off.", "description: 7"),
            "opsloop.yml:7 teams.dispatch.description: It should be string, but it says 7.",
            id="a number instead of text",
        ),
        pytest.param(
            "- teams\n",
            "opsloop.yml: Keys and values belong here, but it says ['teams'].",
            id="a list instead of settings",
        ),
        pytest.param(
            GOOD.replace("  dispatch:", "  keepers:"),
            'opsloop.yml:4: It is not valid YAML: found duplicate key "keepers" with value',
            id="a key twice",
        ),
        pytest.param(
            "teams: {maintainers: [\n",
            "opsloop.yml:2: It is not valid YAML: ",
            id="no YAML",
        ),
        pytest.param(
            GOOD + "holidays: {shop: [2024-02-30]}\n",
            f"opsloop.yml:{GOOD.count(chr(10)) + 1}: 2024-02-30 is no day. Write one that the "
            "calendar has, such as 2024-03-31.",
            id="a day that there is not",
        ),
        pytest.param(
            "a: 2024-02-01 25:00:00\n",
            "opsloop.yml:1: 2024-02-01 25:00:00 is no time. Write one",
            id="a time that there is not",
        ),
        pytest.param(
            "a: !!int x\n", "opsloop.yml:1: x is no such value. Write one", id="a number by tag"
        ),
    ],
)
def test_a_fault_names_file_line_key_and_remedy(tmp_path: Path, text: str, expected: str) -> None:
    (fault,) = faults(project(tmp_path, text))
    assert fault.startswith(expected)


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    root = GOOD.replace("li.wei", "Li Wei") + "sla: 4\n"
    folder = project(tmp_path, root, shop="teams: {Shop: {}}\n", store="priorities: {}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    assert caught.value.message == "The settings have 4 faults:"
    places = [text.split(": ")[0] for text in caught.value.faults]
    assert places == [
        "opsloop.yml:6 teams.dispatch.members[0]",
        "opsloop.yml:9 sla",
        "monitors/shop/opsloop.yml:1 teams.Shop",
        "monitors/store/opsloop.yml:1 priorities",
    ]


def test_faults_of_included_files(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        GOOD,
        shop="teams:\n  Shop: {}\n",
        store="priorities: {}\n",
        yard="teams:\n  dispatch: {}\n  loaders:\n    members: [sam.okoro]\n",
    )
    assert [text.split(". ")[0] for text in faults(folder)] == [
        "monitors/shop/opsloop.yml:2 teams.Shop: 'Shop' is not a team's name",
        "monitors/store/opsloop.yml:1 priorities: 'priorities' is not a known key",
        "monitors/yard/opsloop.yml:2 teams.dispatch: The team 'dispatch' is already defined in "
        "opsloop.yml",
        "monitors/yard/opsloop.yml:4 teams.loaders.members[0]: 'sam.okoro' is already a member "
        "of 'dispatch'",
    ]


def test_no_file(tmp_path: Path) -> None:
    assert faults(tmp_path) == [
        "opsloop.yml: The file does not exist. Create opsloop.yml with `teams:` and a team named "
        "`maintainers`."
    ]


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "opsloop.yml").write_bytes(b"teams: {caf\xe9: {}}\n")
    (fault,) = faults(tmp_path)
    assert fault.startswith("opsloop.yml: It is not UTF-8 text")


def test_an_empty_file_lacks_only_the_maintainers(tmp_path: Path) -> None:
    (fault,) = faults(project(tmp_path, ""))
    assert fault.startswith("opsloop.yml maintainers: There is no team 'maintainers'")


def test_the_projects_own_settings_are_valid() -> None:
    root = Path(__file__).parents[2]
    assert load_config(root).maintainers in load_config(root).teams


WITH_CLOCKS = (
    GOOD
    + """\
calendars:
  office: {time_zone: Europe/Rome, hours: {mon-fri: ["09:00-17:00"]}}
service_levels:
  standard: {targets: {acknowledge: {P1: {minutes: 15}}}}
default_service_level: standard
"""
)


def test_calendars_and_service_levels_of_all_files(tmp_path: Path) -> None:
    shop = """\
calendars:
  warehouse: {time_zone: Europe/Rome, hours: {sat: ["06:00-14:00"]}}
teams:
  packing: {calendar: warehouse}
"""
    config = load_config(project(tmp_path, WITH_CLOCKS, shop=shop))
    assert sorted(config.calendars) == ["office", "warehouse"]
    assert config.teams["packing"].calendar == "warehouse"
    assert config.default_service_level == "standard"
    assert '"warehouse"' in config.as_json()


@pytest.mark.parametrize(
    ("shop", "expected"),
    [
        (
            "teams: {packing: {calendar: offise}}\n",
            "monitors/shop/opsloop.yml:1 teams.packing.calendar: There is no calendar 'offise'. "
            "Did you mean 'office'? Define it under `calendars`, or write `always`.",
        ),
        (
            "calendars:\n  office: {time_zone: UTC, hours: {mon: ['08:00-09:00']}}\n",
            "monitors/shop/opsloop.yml:2 calendars.office: The calendar 'office' is already "
            "defined in opsloop.yml. Keep one, or rename one.",
        ),
        (
            "calendars:\n  late: {timezone: UTC, hours: {mon: ['08:00-09:00']}}\n",
            "'timezone' is not a known key. Did you mean 'time_zone'? Known keys: time_zone, hours",
        ),
        (
            "service_levels:\n  gold: {calendar: nights, targets: {resolve: {P1: {hours: 1}}}}\n",
            "monitors/shop/opsloop.yml:2 service_levels.gold.calendar: There is no calendar "
            "'nights'.",
        ),
        (
            "service_levels:\n  gold: {target: {}}\n",
            "'target' is not a known key. Did you mean 'targets'?",
        ),
    ],
)
def test_faults_of_calendars_and_service_levels(tmp_path: Path, shop: str, expected: str) -> None:
    config, faults = check_config(project(tmp_path, WITH_CLOCKS, shop=shop))
    assert config is None
    assert any(expected in str(fault) for fault in faults), faults


def test_a_default_that_does_not_exist(tmp_path: Path) -> None:
    _, faults = check_config(project(tmp_path, GOOD + "default_service_level: gold\n"))
    assert "There is no service level 'gold'." in str(faults[0])
