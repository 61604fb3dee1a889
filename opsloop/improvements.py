"""Improvements: what is registered of one, what may happen to it, and what it is measured by. Pure.

An improvement is proposed, runs from a registered day on, and ends as done or dropped. Whatever its
verdict goes by (part, metric, target, start and horizon) is registered before the outcome can be
seen; a start that is set or moved once it began needs a reason, and shows for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from opsloop.errors import Refused
from opsloop.words import did_you_mean

DEFAULT_TARGET = -0.3  # 30 % less
DEFAULT_HORIZON = 8  # weeks
SHORTEST_HORIZON, LONGEST_HORIZON = 2, 52
LONGEST_TITLE = 200  # characters


class Stage(StrEnum):
    """Where an improvement stands."""

    PROPOSED = "proposed"
    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self in (Stage.DONE, Stage.DROPPED)


class Step(StrEnum):
    """What a row of an improvement's log says happened."""

    OPENED = "opened"
    STARTED = "started"
    MOVED = "moved"  # to another start
    FINISHED = "finished"
    DROPPED = "dropped"


class Aspect(StrEnum):
    """What of a monitor may change so that its figures cannot be compared."""

    RULE = "rule"  # its SQL, with the macros and parameters in it
    GROUPING = "grouping"  # which events are one incident


@dataclass(frozen=True, slots=True)
class Metric:
    """What an improvement is measured by: one figure a week, of which less is better.

    Attributes:
        word: its name.
        says: what the figure is, for people.
        is_duration: whether it is a weekly median in seconds; else a sum of the week.
        follows_rules: whether another rule of a monitor counts other things under the same name.
            Minutes are what people spent, whatever a rule calls an exception.
        settles: when a week's figure is known, if not once the week is over; empty = then.
    """

    word: str
    says: str
    is_duration: bool = False
    follows_rules: bool = True
    settles: str = ""


METRICS: Mapping[str, Metric] = {
    metric.word: metric
    for metric in (
        Metric("events", "events that monitors found, those held back included"),
        Metric("arrivals", "incidents that came in: opened, opened again, or handed over"),
        Metric("reopened", "incidents opened again"),
        Metric("reassigned", "changes of owner or team after the first"),
        Metric("escalations", "questions to others"),
        Metric(
            "missed",
            "service levels missed, by the week of opening",
            settles="each service level of it is met or missed",
        ),
        Metric("minutes", "recorded minutes of work", follows_rules=False),
        Metric(
            "acknowledge",
            "median time until somebody acted",
            is_duration=True,
            settles="somebody acted on half of it",
        ),
        Metric(
            "resolve",
            "median time until resolved",
            is_duration=True,
            settles="half of it is resolved",
        ),
        Metric(
            "answer",
            "median time until an escalation was answered",
            is_duration=True,
            settles="half of its escalations are answered",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the work, as the retro's models tell figures apart: `monitor`, `mon_late`."""

    dimension: str
    value: str

    def __str__(self) -> str:
        return "everything" if self.dimension == "total" else f"{self.dimension} {self.value}"


@dataclass(frozen=True, slots=True)
class Improvement:
    """An improvement as its log leaves it.

    Attributes:
        version: of its log.
        plan_version: of the row that last said what it is judged by.
        target: the change that is aimed at, as a share: -0.3 = 30 % less.
        start_day: the first day with the change; None = not registered yet.
        horizon_weeks: complete weeks after the start, after which the verdict falls.
        proposal_key: the proposal that it came from.
        retrospective_id: the retrospective that decided it.
        title_id, hypothesis_id: where its texts are kept.
        late_moves: how often its start was set or moved after it had begun.
    """

    improvement_id: int
    version: int
    plan_version: int
    stage: Stage
    owner: str
    team: str | None
    title_id: str
    hypothesis_id: str | None
    dimension: str
    dimension_value: str
    metric: str
    target: float
    start_day: date | None
    horizon_weeks: int
    control_dimension: str | None
    control_value: str | None
    proposal_key: str | None
    retrospective_id: int | None
    late_moves: int
    opened_at: datetime
    opened_by: str
    changed_at: datetime
    changed_by: str

    @property
    def part(self) -> Part:
        """The part of the work that it changes."""
        return Part(self.dimension, self.dimension_value)

    @property
    def control(self) -> Part | None:
        """The part that it is compared with, in which nothing was changed."""
        if self.control_dimension is None or self.control_value is None:
            return None
        return Part(self.control_dimension, self.control_value)

    @property
    def is_measured(self) -> bool:
        """Whether there is a start from which on a verdict can be given."""
        return self.stage in (Stage.RUNNING, Stage.DONE) and self.start_day is not None

    def has_begun(self, today: date) -> bool:
        """Return whether its registered start is not ahead any more."""
        return self.start_day is not None and self.start_day <= today


# what a row of the log may set
AFTER_VALUES = (
    "stage",
    "owner",
    "team",
    "title_id",
    "hypothesis_id",
    "dimension",
    "dimension_value",
    "metric",
    "target",
    "start_day",
    "horizon_weeks",
    "control_dimension",
    "control_value",
    "proposal_key",
    "retrospective_id",
)
PLAN_VALUES = frozenset({"metric", "target", "start_day", "horizon_weeks", "control_value"})
FIELDS = tuple(field.name for field in fields(Improvement))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an improvement's log; `after` holds only what the row set."""

    improvement_id: int
    version: int
    step: Step
    recorded_at: datetime
    actor_id: str
    after: Mapping[str, Any]
    is_late: bool = False  # a start was set or moved after it had begun


def fold(before: Improvement | None, row: Row) -> Improvement:
    """Return the improvement after one more row of its log: the one rule for store and replay."""
    after = {**row.after}
    if "stage" in after:
        after["stage"] = Stage(after["stage"])
    said: dict[str, Any] = {
        "version": row.version,
        "changed_at": row.recorded_at,
        "changed_by": row.actor_id,
    }
    if PLAN_VALUES & after.keys():
        said["plan_version"] = row.version
    if before is None:
        unset = dict.fromkeys(AFTER_VALUES)
        first = {"opened_at": row.recorded_at, "opened_by": row.actor_id, "late_moves": 0}
        known = {"improvement_id": row.improvement_id, **unset, **first}
        return Improvement(**{**known, **after, **said})
    return replace(before, **after, **said, late_moves=before.late_moves + row.is_late)


def registration(
    *,
    title: str,
    part: Part,
    metric: str,
    target: float,
    horizon_weeks: int,
    control: Part | None,
) -> None:
    """Refuse what cannot be judged later.

    Raises:
        Refused: there is no title, no such metric, or a target, horizon or control that cannot be.
    """
    if not title.strip() or len(title) > LONGEST_TITLE:
        raise Refused(
            f"The title has {len(title.strip())} characters.", f"Write 1 to {LONGEST_TITLE}."
        )
    if metric not in METRICS:
        raise Refused(
            f"There is no metric '{metric}'.{did_you_mean(metric, METRICS)}",
            f"Use one of: {', '.join(METRICS)}.",
        )
    if not -1 <= target < 0:
        raise Refused(
            f"A target of {target:+.0%} cannot be: less is better for {metric}.",
            "Give the change as a share from -1 to below 0: -0.3 is 30 % less.",
        )
    if not SHORTEST_HORIZON <= horizon_weeks <= LONGEST_HORIZON:
        raise Refused(
            f"A horizon of {horizon_weeks} weeks cannot be judged.",
            f"Give {SHORTEST_HORIZON} to {LONGEST_HORIZON} weeks; {DEFAULT_HORIZON} are usual.",
        )
    if control == part:
        raise Refused(
            f"{control} is the part that changes, so it is no control.",
            "Name a part in which nothing is changed, or none.",
        )


def start(before: Improvement, on: date | None, today: date, reason: str | None) -> dict[str, Any]:
    """Return what starting it sets: on its registered day, else on `on`, else today.

    Raises:
        Refused: it is not proposed; or no reason is given for a day that is over, or in place of
            one that began.
    """
    _require(before, Step.STARTED, Stage.PROPOSED)
    day = on or before.start_day or today
    after: dict[str, Any] = {"stage": Stage.RUNNING}
    if day != before.start_day:
        _require_reason(before, day, today, reason)
        after["start_day"] = day
    return after


def move(before: Improvement, to: date, today: date, reason: str | None) -> dict[str, Any]:
    """Return what moving its start sets.

    Raises:
        Refused: it is over or starts then anyway; or no reason is given for a day that is over, or
            in place of one that began.
    """
    _require(before, Step.MOVED, Stage.PROPOSED, Stage.RUNNING)
    if to == before.start_day:
        raise Refused(f"Improvement {before.improvement_id} starts on {to} already.")
    _require_reason(before, to, today, reason)
    return {"start_day": to}


def finish(before: Improvement) -> dict[str, Any]:
    """Return what finishing it sets: the change stays; the verdict still falls at the horizon.

    Raises:
        Refused: it does not run.
    """
    _require(before, Step.FINISHED, Stage.RUNNING)
    return {"stage": Stage.DONE}


def drop(before: Improvement, reason: str | None) -> dict[str, Any]:
    """Return what dropping it sets.

    Raises:
        Refused: it is over, or no reason is given.
    """
    _require(before, Step.DROPPED, Stage.PROPOSED, Stage.RUNNING)
    if not (reason or "").strip():
        raise Refused(f"Improvement {before.improvement_id} is dropped for a reason.", "Say why.")
    return {"stage": Stage.DROPPED}


def is_late(before: Improvement, after: Mapping[str, Any], today: date) -> bool:
    """Return whether a row sets a start with its outcome in sight: it began, or is over already."""
    return "start_day" in after and (before.has_begun(today) or after["start_day"] < today)


def _require(before: Improvement, step: Step, *stages: Stage) -> None:
    if before.stage not in stages:
        raise Refused(
            f"Improvement {before.improvement_id} is {before.stage}: it cannot be {step}.",
            "See `opsloop improvements show`.",
        )


def _require_reason(before: Improvement, day: date, today: date, reason: str | None) -> None:
    if (reason or "").strip():
        return
    remedy = "Say why; it is shown with the verdict."
    if before.has_begun(today):
        raise Refused(
            f"Improvement {before.improvement_id} began on {before.start_day}: "
            "another start needs a reason.",
            remedy,
        )
    if day < today:
        raise Refused(
            f"{day} is over: a start of improvement {before.improvement_id} then needs a reason.",
            remedy,
        )
