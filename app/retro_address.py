"""What the retro looks at, as the address carries it. Pure: parameters in, a choice out.

`team=shipping` names a part of the work, `weeks=4` the last complete weeks, `weeks=all` all time,
`from=2026-11-02&to=2026-11-16` days of one's own (`to` is the first day after them); an empty
end is none. `beside=2026-10-05` compares with as many days from there on, in place of those right
before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from opsloop.service.figures.counted import BEHIND, VALUES
from opsloop.service.figures.parts import EVERYTHING, Part
from opsloop.service.figures.periods import ALL_TIME, Period, last_weeks

if TYPE_CHECKING:
    from opsloop.reporting.leads import Lead

USUAL = "2"  # complete weeks: how often a team sits down
WEEKS: Mapping[str, str] = {
    "2": "Last 2 weeks",
    "4": "Last 4 weeks",
    "13": "Last 13 weeks",
    "all": "All time",
}
OWN = "own"  # days of one's own
BESIDE = "beside"  # the first day of what the period is compared with
PERIOD_NAMES = ("weeks", "from", "to", BESIDE)
NOT_EARLIER = "no day on which an earlier period of that length begins"
ONE_AT_A_TIME = "one at a time can be looked at"


@dataclass(frozen=True, slots=True)
class Address:
    """A part of the work and a period.

    Attributes:
        weeks: one of `WEEKS`, or `OWN`.
        own: the period of one's own; all time unless `weeks` is `OWN`.
        beside: the first day of the earlier days to compare with; None = those right before.
    """

    part: Part = EVERYTHING
    weeks: str = USUAL
    own: Period = ALL_TIME
    beside: date | None = None

    def period(self, through: datetime) -> Period:
        """Return the period that is meant, by until when figures are known."""
        if self.weeks == OWN:
            return self.own
        return ALL_TIME if self.weeks == "all" else last_weeks(int(self.weeks), through)

    def as_params(self) -> dict[str, str]:
        """Return the parameters of the address; what is usual is left out."""
        params = {} if self.part == EVERYTHING else {self.part.dimension: self.part.value}
        if self.beside is not None:
            params[BESIDE] = str(self.beside)
        if self.weeks == OWN:
            ends = {"from": self.own.since, "to": self.own.until}
            return params | {name: str(day) for name, day in ends.items() if day}
        return params if self.weeks == USUAL else params | {"weeks": self.weeks}


def parse(
    params: Mapping[str, str],
    dimensions: Collection[str],
    is_known: Callable[[Part], bool],
    through: datetime,
) -> tuple[Address, list[str]]:
    """Return what an address asks for, and each parameter that was dropped with why.

    Args:
        dimensions: what figures are told apart by.
        is_known: whether figures know a part.
        through: until when figures are known.
    """
    part, dropped = EVERYTHING, []
    for name, value in params.items():
        if name in PERIOD_NAMES:
            continue
        named = Part(name, value)
        is_part = name in dimensions and is_known(named)
        if is_part and part == EVERYTHING:
            part = named
        elif is_part:
            dropped.append(f"{_short(name)} {_short(value)!r} ({ONE_AT_A_TIME})")
        else:
            dropped.append(f"{_short(name)} {_short(value)!r} (not in the figures)")
    weeks, own = USUAL, ALL_TIME
    if params.get("from") or params.get("to"):
        found = period_of(params.get("from"), params.get("to"))
        if found is None:
            given = {name: params.get(name) for name in ("from", "to")}
            ends = " ".join(f"{name} {_short(day)!r}" for name, day in given.items() if day)
            dropped.append(f"{ends} (no period of days)")
        else:
            weeks, own = OWN, found
    elif "weeks" in params:
        if params["weeks"] in WEEKS:
            weeks = params["weeks"]
        else:
            dropped.append(f"weeks {_short(params['weeks'])!r} (none of {', '.join(WEEKS)})")
    address = Address(part, weeks, own)
    if day := params.get(BESIDE):
        beside = _earlier(day, address.period(through))
        if beside is None:
            dropped.append(f"{BESIDE} {_short(day)!r} ({NOT_EARLIER})")
        address = replace(address, beside=beside)
    return address, dropped


def _earlier(day: str, period: Period) -> date | None:
    """Return the day that as many days as a period's begin on before it; None if it is none."""
    try:
        first = date.fromisoformat(day)
    except ValueError:
        return None
    return None if period.earlier(first) is None else first


def once(params: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], list[str]]:
    """Return each parameter's last value, and each other value with why it was dropped.

    Args:
        params: all values of each.
    """
    dropped = [
        f"{_short(name)} {_short(value)!r} ({ONE_AT_A_TIME})"
        for name, values in params.items()
        for value in values[:-1]
    ]
    return {name: values[-1] for name, values in params.items()}, dropped


def left_out(dropped: Iterable[str]) -> str:
    """Return the sentence about what was dropped from an address."""
    return f"Left out of the address: {', '.join(dropped)}."


def period_of(since: str | None, until: str | None) -> Period | None:
    """Return the period between two days as texts; None if it is none."""
    try:
        return Period(
            date.fromisoformat(since) if since else None,
            date.fromisoformat(until) if until else None,
        )
    except ValueError:
        return None


def behind_of(params: Mapping[str, str]) -> tuple[str, dict[str, str]] | None:
    """Return which figure's incidents an address asks for, with its values; None if of none."""
    figure = params.get("figure", "")
    if figure not in BEHIND:
        return None
    values = {name: params.get(name, "") for name in BEHIND[figure].needs}
    return (figure, values) if all(_is_value(*one) for one in values.items()) else None


def _is_value(name: str, value: str) -> bool:
    return value in VALUES[name] if name in VALUES else bool(value)


def led_to(lead: Lead, address: Address) -> str:
    """Return where a number or a row leads, for a link of the retro.

    Args:
        address: what is looked at; what the lead does not name stays so.
    """
    if lead.incident_id is not None:
        return f"incident?incident={lead.incident_id}"
    there = address if lead.part is None else replace(address, part=lead.part)
    if lead.period is not None:
        there = replace(there, weeks=OWN, own=lead.period, beside=None)
    if lead.figure is None:
        return f"retro?{urlencode(there.as_params())}"
    asked = {"figure": lead.figure, **lead.values}
    return f"incidents?{urlencode(asked | there.as_params())}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
