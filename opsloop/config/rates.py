"""`rates:` of opsloop.yml: what an hour of work costs, by team and from which day on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from opsloop.config.schema import Strict, TeamName, nothing_is_empty
from opsloop.faults import Fault, dotted, refuse
from opsloop.words import did_you_mean
from opsloop.yaml_source import YamlSource

PerHour = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour costs in a span of whole days, UTC.

    `team` None: of every team without rates of its own. `valid_from` None: since ever; `valid_to`,
    which is not included, None: until further notice.
    """

    team: str | None
    valid_from: date | None
    valid_to: date | None
    per_hour: float
    currency: str


class RateFrom(Strict):
    """A rate and the day on which it begins; None = it holds since ever."""

    begins: date | None = Field(default=None, alias="from")
    per_hour: PerHour


def _listed(value: Any) -> Any:
    """Return the rates one after another; a number is short for the only one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [{"per_hour": float(value)}]
    if not isinstance(value, list) or not value:
        raise refuse(
            f"{value!r} is not a rate.",
            "Write a number, or [{from: 2026-01-01, per_hour: 60}].",
        )
    return value


def _in_order(value: tuple[RateFrom, ...]) -> tuple[RateFrom, ...]:
    for one, other in pairwise(value):
        if other.begins is None:
            raise refuse("Only the first rate can hold since ever.", "Say from when, `from: …`.")
        if one.begins is not None and other.begins <= one.begins:
            raise refuse(
                f"The rate from {other.begins} does not begin after the one before it.",
                "List the earliest first, each day once.",
            )
    return value


def _currency(value: str) -> str:
    if not value.strip() or len(value) > 12 or not value.isprintable():
        raise refuse(f"'{value}' is not a currency.", "Write its code, such as EUR.")
    return value


Rates = Annotated[tuple[RateFrom, ...], BeforeValidator(_listed), AfterValidator(_in_order)]


class RateSettings(Strict):
    """The project's rates, all in one currency, so that costs can be summed."""

    currency: Annotated[str, AfterValidator(_currency)]
    default: Rates = ()
    teams: Annotated[dict[TeamName, Rates], BeforeValidator(nothing_is_empty)] = Field(
        default_factory=dict
    )

    def rates(self) -> Iterator[Rate]:
        """Yield every rate with its span, the teams' own and then that of all others."""
        for team, given in (*self.teams.items(), (None, self.default)):
            ends = [*(one.begins for one in given[1:]), None]
            for one, end in zip(given, ends, strict=False):
                yield Rate(team, one.begins, end, one.per_hour, self.currency)


def rate_faults(
    source: YamlSource, given: RateSettings | None, teams: frozenset[str]
) -> Iterator[Fault]:
    """Yield a fault for each team that has rates and does not exist."""
    for name in given.teams if given else {}:
        if name not in teams:
            path = ("rates", "teams", name)
            yield Fault(
                source.file,
                source.line_of(path),
                dotted(path),
                f"There is no team '{name}'.{did_you_mean(name, teams)}",
                "Name a team of `teams:`.",
            )
