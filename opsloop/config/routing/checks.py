"""What is wrong with routing rules among each other, and with what they name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from opsloop.config.calendars import CalendarSettings, unknown_calendar
from opsloop.config.routing.faults import fault_at, unknown
from opsloop.config.routing.rules import RuleSettings
from opsloop.config.routing.teams import Team, memberless
from opsloop.config.service_levels import ServiceLevelSettings, unknown_service_level
from opsloop.faults import Fault, Path
from opsloop.routing import Rule
from opsloop.routing.globs import WILDCARDS, glob_matches
from opsloop.yaml_source import YamlSource


def routing_faults(
    source: YamlSource,
    rules: Sequence[RuleSettings],
    *,
    teams: Mapping[str, Team],
    service_levels: Mapping[str, ServiceLevelSettings],
    calendars: Mapping[str, CalendarSettings],
) -> Iterator[Fault]:
    """Yield what is wrong with the rules among each other and with what they name.

    Args:
        source: the file with `routing:`, for the lines.
        teams, service_levels, calendars: all that there are; `always` needs no mention.
    """
    yield from _double_names(source, rules)
    for place, rule in enumerate(rules):
        here: Path = ("routing", place)
        time = rule.when.time
        if rule.team is not None:
            yield from _team_faults(source, here, rule, rule.team, teams)
        level_path = (*here, "service_level")
        yield from unknown_service_level(source, level_path, rule.service_level, service_levels)
        if time is not None:
            time_path = (*here, "when", "time", "calendar")
            yield from unknown_calendar(source, time_path, time.calendar, calendars)
    yield from _shadowed(source, [rule.rule() for rule in rules])


def monitor_faults(
    source: YamlSource, rules: Sequence[RuleSettings], monitors: Collection[str]
) -> Iterator[Fault]:
    """Yield a fault for each monitor that a rule names and that does not exist.

    Args:
        monitors: the ids of all monitors, broken ones and opsloop's own among them.
    """
    for place, rule in enumerate(rules):
        for number, pattern in enumerate(rule.when.monitor):
            if any(glob_matches(pattern, monitor) for monitor in monitors):
                continue
            path: Path = ("routing", place, "when", "monitor")
            if isinstance(source.data["routing"][place]["when"]["monitor"], list):
                path = (*path, number)
            if set(pattern) & WILDCARDS:
                what = f"No monitor's id matches '{pattern}'."
                yield fault_at(source, path, what, "`opsloop monitors list` shows all.")
            else:
                yield unknown(source, path, "monitor", pattern, monitors)


def _team_faults(
    source: YamlSource, here: Path, rule: RuleSettings, name: str, teams: Mapping[str, Team]
) -> Iterator[Fault]:
    if name not in teams:
        yield unknown(source, (*here, "team"), "team", name, teams)
    elif rule.assign is not None:
        yield from memberless(source, (*here, "assign"), rule.assign, name, teams[name])


def _double_names(source: YamlSource, rules: Sequence[RuleSettings]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for place, rule in enumerate(rules):
        if first.setdefault(rule.name, place) != place:
            line = source.line_of(("routing", first[rule.name]))
            what = f"The rule in line {line} has the name '{rule.name}' already."
            yield fault_at(source, ("routing", place, "name"), what, "Rename one.")


def _shadowed(source: YamlSource, rules: Sequence[Rule]) -> Iterator[Fault]:
    """Yield a fault for each rule that an earlier one leaves nothing to match."""
    for place, rule in enumerate(rules):
        above = next((at for at in range(place) if rules[at].covers(rule)), None)
        if above is not None:
            name, line = rules[above].name, source.line_of(("routing", above))
            yield fault_at(
                source,
                ("routing", place),
                f"The rule '{rule.name}' can never match: '{name}' in line {line} comes first and "
                "matches whatever it matches.",
                f"Put it before '{name}', or let '{name}' ask for more.",
            )
