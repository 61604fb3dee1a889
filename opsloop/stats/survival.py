"""How long things take while some are still open, and how they end. Plain, exact references.

Open work counts: leaving it out would call a queue fast that has only finished its easy part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Ended = TypeVar("Ended")
_SLACK = 1e-12  # a product of shares may miss a share by rounding


@dataclass(frozen=True)
class Curve:
    """A share as it moves over time: what it is from each time on, until the next.

    Attributes:
        times: ascending, in the unit of the durations.
        shares: the share from each time on.
        start: the share before the first time.
        longest: the longest duration seen, open or ended; None = there was none.
    """

    times: tuple[float, ...]
    shares: tuple[float, ...]
    start: float
    longest: float | None

    def at(self, time: float) -> float:
        """Return the share at a time."""
        reached = [share for at, share in zip(self.times, self.shares, strict=True) if at <= time]
        return reached[-1] if reached else self.start


def kaplan_meier(spans: Iterable[tuple[float, bool]]) -> Curve:
    """Return the share that is still open after each time, by Kaplan and Meier.

    Args:
        spans: (duration, whether it ended); one that has not ended is open after that time. What
            ends at a time was still open together with what is last seen open at it.

    Raises:
        ValueError: a duration is negative.
    """
    found = _checked(spans)
    open_share, shares = 1.0, []
    times = sorted({duration for duration, ended in found if ended})
    for time in times:
        at_risk = sum(duration >= time for duration, _ in found)
        ends = sum(ended and duration == time for duration, ended in found)
        open_share *= 1 - ends / at_risk
        shares.append(open_share)
    return Curve(tuple(times), tuple(shares), 1.0, _longest(found))


def quantile(still_open: Curve, share: float) -> float | None:
    """Return the time by which a share has ended; None = it takes more than the longest seen.

    Args:
        still_open: what `kaplan_meier` returned.
        share: between 0 and 1, 0.5 for the median.

    Raises:
        ValueError: `share` is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"a quantile is between 0 and 1, not {share}")
    steps = zip(still_open.times, still_open.shares, strict=True)
    return next((time for time, left in steps if left <= 1 - share + _SLACK), None)


def cumulative_incidence(spans: Iterable[tuple[float, str | None]]) -> dict[str, Curve]:
    """Return the share that has ended in each way by each time, by Aalen and Johansen.

    The ways compete: what cleared by itself cannot be resolved by a person any more, so that it is
    never treated as if it were still waiting for one.

    Args:
        spans: (duration, how it ended); None = it is open after that time.

    Raises:
        ValueError: a duration is negative.
    """
    found = _checked(spans)
    causes = sorted({cause for _, cause in found if cause is not None})
    times = sorted({duration for duration, cause in found if cause is not None})
    open_share = 1.0
    so_far = dict.fromkeys(causes, 0.0)
    steps: dict[str, list[float]] = {cause: [] for cause in causes}
    for time in times:
        at_risk = sum(duration >= time for duration, _ in found)
        ended = [cause for duration, cause in found if duration == time and cause is not None]
        for cause in causes:
            so_far[cause] += open_share * ended.count(cause) / at_risk
            steps[cause].append(so_far[cause])
        open_share *= 1 - len(ended) / at_risk
    longest = _longest(found)
    return {cause: Curve(tuple(times), tuple(steps[cause]), 0.0, longest) for cause in causes}


def _checked(spans: Iterable[tuple[float, Ended]]) -> list[tuple[float, Ended]]:
    found = list(spans)
    if any(not duration >= 0 for duration, _ in found):
        raise ValueError("durations are at least zero")
    return found


def _longest(spans: Sequence[tuple[float, object]]) -> float | None:
    return max((duration for duration, _ in spans), default=None)
