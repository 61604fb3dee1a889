"""Chance that falls the same way each time: drawn from a seed and what it is about. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time that varies: log-normal about its median, which people's times are.

    Args:
        median_minutes: half are shorter.
        spread: standard deviation of the logarithm; 0.8 makes one in six 2.2 times as long.
    """

    median_minutes: float
    spread: float = 0.8


@dataclass(frozen=True, slots=True)
class Pace:
    """How a desk treats a priority.

    `look` = from opening to the first look, `work` = from then to the end. `neglected` is the share
    that nobody looks at in time, `forgotten` the share that nobody looks at.
    """

    look: Span
    work: Span
    neglected: float
    forgotten: float


PACES: Mapping[str, Pace] = {
    "P1": Pace(Span(6), Span(80), 0.0, 0.0),
    "P2": Pace(Span(18), Span(180), 0.06, 0.01),
    "P3": Pace(Span(60), Span(320), 0.2, 0.03),
    "P4": Pace(Span(240, 1.0), Span(900, 1.0), 0.3, 0.1),
}
NEGLECT = Span(30 * 60, 0.7)
ANSWER = Span(70, 1.1)
HAND_ON = Span(12)
CALL = Span(5, 0.6)  # what one act keeps a person busy
REOPENING = Span(6 * 60, 0.6)
WAITING = Span(130, 0.4)


class Chance:
    """Draws for one thing: the same seed and name give the same draws."""

    def __init__(self, seed: int, *name: object) -> None:
        self._random = random.Random("/".join(map(str, (seed, *name))))

    def happens(self, share: float) -> bool:
        """Return true in a share of all cases."""
        return self._random.random() < share

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """Return one of several things."""
        return self._random.choice(things)

    def weighted(self, weights: Mapping[str, float]) -> str:
        """Return one of the keys, as often as its weight says."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def after(self, span: Span) -> timedelta:
        """Return a length of time, a minute at least."""
        minutes = self._random.lognormvariate(math.log(span.median_minutes), span.spread)
        return timedelta(minutes=round(max(1.0, minutes), 1))
