"""What is registered with an improvement, and what its before and after then says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from opsloop.stats.scales import Measure


class Better(StrEnum):
    """Which way a metric has to go to be better."""

    LOWER = "lower"
    HIGHER = "higher"


class Verdict(StrEnum):
    """What is known of an improvement."""

    HELPED = "helped"
    HURT = "hurt"
    NOT_YET_KNOWN = "not yet known"
    NOT_COMPARABLE = "not comparable"


class Reason(StrEnum):
    """Why nothing is claimed; None in a result that claims something."""

    HORIZON_TOO_SHORT = "a horizon is at least 2 weeks"
    STARTS_LATER = "it has not started yet"
    RULE_CHANGED = "the monitor's rule changed and the old one was not replayed over both periods"
    MONITOR_BEGAN = "a monitor began to look for some of it within the weeks that are compared"
    BASELINE_TOO_SHORT = "fewer than 26 known weeks before it"
    TOO_FEW_AFTER = "fewer than 2 known weeks after it"
    NOTHING_HAPPENED = "nothing happened, before or after"
    TOO_EARLY = "before the horizon only a much clearer step would count"
    NO_CLEAR_STEP = "weeks differ as much by themselves"
    NOT_UNUSUAL = "other places of the same series look as much like a step"
    ONE_OF_MANY = "among as many changes that were looked at, one this clear is to be expected"


@dataclass(frozen=True)
class Plan:
    """What was registered with an improvement, before its outcome could be seen.

    Attributes:
        start: the first day with the change; a week in which it began halfway is left out.
        better: which way is better.
        measure: what the weekly figures are.
        horizon_weeks: complete weeks after the start, after which the verdict falls.
        worth_finding: the relative change that would matter, between 0 and 1; power is that of
            finding it, in the direction that is better.
    """

    start: date
    better: Better = Better.LOWER
    measure: Measure = Measure.COUNT
    horizon_weeks: int = 8
    worth_finding: float = 0.3

    def __post_init__(self) -> None:
        if not 0 < self.worth_finding < 1:
            raise ValueError(f"a change worth finding is between 0 and 1, not {self.worth_finding}")

    @property
    def sought(self) -> float:
        """The change worth finding with its sign: −0.3 where lower is better."""
        return -self.worth_finding if self.better is Better.LOWER else self.worth_finding


@dataclass(frozen=True)
class Power:
    """How well the change worth finding would be found.

    Attributes:
        at_horizon: the probability of finding it at the horizon, between 0 and 1.
        weeks_needed: weeks after the start until that probability is 80 %; None = not in a year.
        weeks_more: those of them that are still to come; None = not in a year.
    """

    at_horizon: float
    weeks_needed: int | None
    weeks_more: int | None


@dataclass(frozen=True)
class Step:
    """How the weeks after differ from those before, and how sure that is.

    Attributes:
        change: relative to what would have been without the step, −0.3 = 30 % less; None where it
            started from nothing.
        low, high: the ends of its 95 % interval; None where it is too early for one. It is wide
            enough to hold at all weekly looks together, so that it leaves out 0 just when the p
            value is below what is needed.
        difference, difference_low, difference_high: the same in units a week; None for durations
            and with a control, where only the ratio is compared.
        p_value: two-sided, of no step at all.
        needed_p: below which this look may claim; 5 % are shared out among all weekly looks, less
            with less than a year of baseline.
        rank: how many places in the series look as much like a step, this one included.
        places: how many there are.
    """

    change: float | None
    low: float | None
    high: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    p_value: float
    needed_p: float
    rank: int
    places: int


@dataclass(frozen=True)
class BeforeAfter:
    """An improvement's before and after: everything that a page shows of it.

    Attributes:
        verdict: in one word.
        reason: why nothing is claimed; None where something is.
        plan: what was registered.
        has_control: whether it was compared with a control.
        weeks_before, weeks_after: known complete weeks on each side.
        level_before, level_after: the mean of the weekly counts, or the median of the weekly
            median durations in seconds; None where no week is known.
        step: None where there were too few weeks to look for one.
        power: None where the baseline is too short to tell.
        adjusted_p_value: among all screened changes; None where it was registered by hand.
    """

    verdict: Verdict
    reason: Reason | None
    plan: Plan
    has_control: bool
    weeks_before: int
    weeks_after: int
    level_before: float | None = None
    level_after: float | None = None
    step: Step | None = None
    power: Power | None = None
    adjusted_p_value: float | None = None

    @property
    def is_claimed(self) -> bool:
        """Whether the verdict says that something changed."""
        return self.verdict in (Verdict.HELPED, Verdict.HURT)

    def in_words(self) -> str:
        """Return the verdict as sentences for the page and the report."""
        parts = [f"{self.verdict}: {self.reason or self._change_in_words()}."]
        if self.reason and self.step and self.step.change is not None:
            parts.append(f"So far {self._change_in_words()}.")
        if self.verdict is Verdict.NOT_YET_KNOWN and self.power:
            parts.append(self._power_in_words(self.power))
        if self.reason is Reason.STARTS_LATER:
            parts.append(f"It starts on {self.plan.start:%d %b %Y}.")
        return " ".join(parts)

    def _change_in_words(self) -> str:
        step = self.step
        if step is None:
            return "no step was looked for"
        weeks = f"{self.weeks_before} weeks before and {self.weeks_after} after"
        if step.change is None:
            return f"from none a week to {self.level_after:,.1f} a week, {weeks}"
        words = _WORDS[self.plan.measure]
        against = " against the control" if self.has_control else ""
        interval = "too early for an interval"
        if step.low is not None and step.high is not None:
            interval = f"95 % interval {_percent(step.low, words)} to {_percent(step.high, words)}"
        return f"{_percent(step.change, words)}{against} ({interval}), {weeks}"

    def _power_in_words(self, power: Power) -> str:
        less, more = _WORDS[self.plan.measure]
        word = less if self.plan.better is Better.LOWER else more
        sought = f"A change of {self.plan.worth_finding:.0%} {word}".replace("%", " %")
        found = f"{sought} is found by the horizon in {_share(power.at_horizon)} of cases"
        if power.weeks_needed is None:
            return f"{found}; no number of weeks within a year would make that 80 %."
        if power.weeks_more and power.weeks_needed > self.plan.horizon_weeks:
            horizon = f"{power.weeks_more} more weeks, a horizon of {power.weeks_needed}"
            return f"{found}; {horizon}, would make that at least 80 %."
        return f"{found}."


_WORDS = {Measure.COUNT: ("less", "more"), Measure.DURATION: ("shorter", "longer")}


def _percent(change: float, words: tuple[str, str]) -> str:
    """Return a relative change for people: "30 % less"."""
    size = f"{abs(change) * 100:,.0f} %"
    return size if size == "0 %" else f"{size} {words[change > 0]}"


def _share(share: float) -> str:
    """Return a probability for people, without promising certainty."""
    if share > 0.99:
        return "more than 99 %"
    return "less than 1 %" if share < 0.01 else f"{share * 100:.0f} %"
