"""Which team and service level an incident gets: rules, the first match wins. Pure.

A rule is a conjunction of conditions. `Rule.covers` proves that a later rule is out of reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from opsloop.assignment import Assign
from opsloop.routing.conditions import Condition, Facts, Finding, IsOpen, is_certain

__all__ = ["Facts", "Finding", "IsOpen", "Routed", "Rule", "Tried", "route"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A routing rule: where all conditions hold, it says what is not None."""

    name: str
    conditions: tuple[Condition, ...] = ()
    team: str | None = None
    service_level: str | None = None
    assign: Assign | None = None

    def covers(self, other: Rule) -> bool:
        """Return whether it provably matches whatever `other` matches.

        Nothing is assumed of monitors, of columns or of calendars but that `always` is open. What
        only several rules together cover is not covered.
        """
        return all(
            is_certain(mine)
            or any(mine.key == one.key and mine.covers(one) for one in other.conditions)
            for mine in self.conditions
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was looked at, and what its conditions found, up to the first that failed."""

    rule: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> Finding | None:
        """The condition that failed; None if the rule matches."""
        return next((one for one in self.findings if not one.holds), None)

    def __str__(self) -> str:
        if self.failed:
            return f"{self.rule} does not match: {self.failed}."
        reasons = "; ".join(str(one) for one in self.findings)
        return f"{self.rule} matches: {reasons or 'it has no conditions'}."


@dataclass(frozen=True, slots=True)
class Routed:
    """Where an incident goes.

    `service_level` and `assign` are None where no rule says: then the project's default and the
    team's way hold. `team_from` says who named the team; `rule` is the rule that matched, None if
    none did; `tried` has the rules that were looked at, in order.
    """

    team: str
    team_from: Literal["rule", "row", "owner"]
    service_level: str | None
    assign: Assign | None
    rule: str | None
    tried: tuple[Tried, ...]

    def in_words(self) -> tuple[str, ...]:
        """Return what each rule did and what came of it, a sentence a line."""
        source = {
            "rule": f"as {self.rule} says",
            "row": "the owner that its row names",
            "owner": "its owner",
        }[self.team_from]
        said = [f"The team is {self.team}, {source}."]
        if self.service_level:
            said.append(f"The service level is {self.service_level}, as {self.rule} says.")
        if self.assign:
            said.append(f"It is assigned by {self.assign}, as {self.rule} says.")
        none = [] if self.rule else ["No rule matches." if self.tried else "There are no rules."]
        return (*map(str, self.tried), *none, *said)


def route(rules: Sequence[Rule], facts: Facts, is_open: IsOpen) -> Routed:
    """Return where the incident goes: what the first rule says that matches.

    Args:
        rules: in the order of opsloop.yml.
        is_open: asked for the calendars that the rules name, `always` among them.
    """
    tried = []
    match = None
    for rule in rules:
        tried.append(_try(rule, facts, is_open))
        if tried[-1].failed is None:
            match = rule
            break
    team, team_from = _team(match, facts)
    return Routed(
        team=team,
        team_from=team_from,
        service_level=match.service_level if match else None,
        assign=match.assign if match else None,
        rule=match.name if match else None,
        tried=tuple(tried),
    )


def _try(rule: Rule, facts: Facts, is_open: IsOpen) -> Tried:
    findings = []
    for condition in rule.conditions:
        findings.append(condition.judge(facts, is_open))
        if not findings[-1].holds:
            break
    return Tried(rule.name, tuple(findings))


def _team(match: Rule | None, facts: Facts) -> tuple[str, Literal["rule", "row", "owner"]]:
    if match and match.team:
        return match.team, "rule"
    return (facts.row_owner, "row") if facts.row_owner else (facts.owner, "owner")
