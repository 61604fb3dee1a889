"""`inhibitions:` of opsloop.yml: which monitor's open incidents silence which others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, StrictStr

from opsloop.config.routing.faults import fault_at
from opsloop.config.routing.rules import Said
from opsloop.config.routing.words import Patterns, RuleName
from opsloop.faults import Fault, Path
from opsloop.suppression import Inhibition
from opsloop.yaml_source import YamlSource


class InhibitionSettings(Said):
    """An inhibition under `inhibitions:`."""

    name: RuleName
    source: StrictStr
    target: Patterns
    same: Literal["entity", "group"]

    def inhibition(self) -> Inhibition:
        """Return the inhibition as sync asks it."""
        return Inhibition(self.name, self.source, self.target, self.same)


def _no_inhibitions(value: Any) -> Any:
    return () if value is None else value


Inhibitions = Annotated[tuple[InhibitionSettings, ...], BeforeValidator(_no_inhibitions)]


def keys_at(path: Path) -> list[str]:
    """Return the keys that the mapping at `path`, which begins with `inhibitions`, may have."""
    return list(InhibitionSettings.model_fields) if len(path) == 2 else []


def circle_faults(source: YamlSource, settings: Sequence[InhibitionSettings]) -> Iterator[Fault]:
    """Yield a fault for each inhibition by which a monitor silences itself, directly or in turn."""
    rules = [one.inhibition() for one in settings]
    told: set[frozenset[str]] = set()
    for place, rule in enumerate(rules):
        path = ("inhibitions", place, "target")
        if rule.silences(rule.source):
            what = f"'{rule.source}' would silence itself."
            yield fault_at(source, path, what, "Name targets that leave the source out.")
            continue
        circle = _circle(rule, rules)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            what = f"Monitors silence each other in a circle: {' → '.join(circle)}."
            yield fault_at(source, path, what, "Take one of them out of the targets.")


def _circle(rule: Inhibition, rules: Sequence[Inhibition]) -> list[str]:
    """Return the sources on the shortest way from a rule's back to it; empty if there is none."""
    ways = [[rule.source, one.source] for one in rules if rule.silences(one.source)]
    seen = {rule.source}
    while ways:
        way = ways.pop(0)
        if way[-1] == rule.source:
            return way
        if way[-1] in seen:
            continue
        seen.add(way[-1])
        following = [one for one in rules if one.source == way[-1]]
        ways += [
            [*way, one.source] for here in following for one in rules if here.silences(one.source)
        ]
    return []
