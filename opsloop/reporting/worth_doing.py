"""Impact, and the proposal most worth doing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from opsloop.reporting import words
from opsloop.reporting.actions import GOING_ON
from opsloop.reporting.figure import Figure, Number, View, both
from opsloop.reporting.leads import to_incidents
from opsloop.service.figures import impact as figures
from opsloop.service.figures.parts import NOBODYS

if TYPE_CHECKING:
    from opsloop.service.figures.parts import Row
    from opsloop.service.improving import ImprovementView
    from opsloop.service.proposals import Proposal
    from opsloop.warehouse.serving import ServingCopy


def impact(copy: ServingCopy, view: View) -> Figure:
    """Return what was at stake and what was recovered, unit by unit."""
    now, before = both(view, lambda period: figures.of_period(copy, view.part, period))
    earlier = {row["impact_unit"]: row for row in before or ()}
    numbers = [number for row in now for number in _numbers(row, earlier.get(row["impact_unit"]))]
    return Figure(
        key="impact",
        title="Impact",
        about="At stake when opened, and recovered where somebody acted. Units are never summed.",
        numbers=numbers,
        missing="" if numbers else "No monitor measured an impact in this period.",
    )


def _numbers(now: Row, before: Row | None) -> Iterator[Number]:
    unit = now["impact_unit"]
    if unit == NOBODYS:
        yield Number(
            "Impact without a unit",
            words.UNKNOWN,
            f"{words.counted(now['incidents'], 'incident')}; see `opsloop monitors check`",
            to_incidents("at_stake", unit=unit) if now["incidents"] else None,
        )
        return
    if now["incidents"]:
        earlier = ""
        if before is not None and before["at_stake"] is not None:
            earlier = f"  ·  before: {words.amount(before['at_stake'])}"
        yield Number(
            f"At stake, {unit}",
            words.amount(now["at_stake"]),
            f"{words.counted(now['incidents'], 'incident')}{earlier}",
            to_incidents("at_stake", unit=unit),
        )
    if now["recoveries"]:
        yield Number(
            f"Recovered, {unit}",
            words.amount(now["recovered_gross"]),
            _net(now, unit),
            to_incidents("recovered", unit=unit),
        )


def _net(row: Row, unit: str) -> str:
    """Return what would not have cleared by itself, as far as it is known."""
    of = f"of {words.counted(row['recoveries'], 'incident')}"
    if not row["recoveries_with_net"]:
        return f"{of}; net is not known"
    if row["recoveries_with_net"] == row["recoveries"]:
        return f"{of}; net about {words.impact(row['recovered_net'], unit)}"
    gross = words.impact(row["gross_with_net"], unit)
    net = words.amount(row["recovered_net"])
    return f"{of}; net about {net} of {gross}, known of {row['recoveries_with_net']}"


def not_yet_taken_up(
    proposals: Sequence[Proposal], improvements: Iterable[ImprovementView]
) -> list[Proposal]:
    """Return the proposals that no improvement goes on for, the most worth doing first."""
    taken_up = {
        one.improvement.proposal_key for one in improvements if one.improvement.stage in GOING_ON
    }
    return [one for one in proposals if one.proposal_key not in taken_up]


def stake(one: Proposal) -> str:
    """Return what a proposal is about, in minutes and incidents a week.

    Its minutes are what was recorded, and estimates where nothing was, which it says.
    """
    known = []
    if one.stake_minutes is not None:
        minutes = words.amount(one.stake_minutes)
        known.append(
            f"about {minutes} minutes a week, {_recorded(one.stake_minutes, one.recorded_share)}"
        )
    if one.stake_incidents is not None:
        incidents = words.amount(one.stake_incidents)
        known.append(f"{incidents} {'incident' if incidents == '1' else 'incidents'} a week")
    return "  ·  ".join(known)


def _recorded(minutes: float, share: float | None) -> str:
    """Return how much of some minutes was recorded."""
    if share is None:
        return "recorded or estimated"
    if share in (0, 1):
        return "all recorded" if share else "all estimated"
    return f"{words.amount(minutes * share)} of them recorded"
