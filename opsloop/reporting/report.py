"""The report: the page's figures of a part and a period, in the page's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from opsloop.reporting import (
    first_screen,
    further,
    process_drawing,
    process_tables,
    wellness,
    words,
    worth_doing,
)
from opsloop.reporting.actions import nothing
from opsloop.reporting.figure import Cells, Figure, View, unknown_days
from opsloop.service.figures import cohorts, flow, process
from opsloop.service.figures.parts import EVERYTHING, MONITOR, SOURCE, TEAM, TOTAL, Row

if TYPE_CHECKING:
    from opsloop.reporting.actions import Line
    from opsloop.service.proposals import Proposal
    from opsloop.warehouse.serving import ServingCopy

SHOWN = (TOTAL, TEAM, MONITOR)  # dimensions of the figures that stand in the file as data


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: figures beside each other, and what needs the whole width.

    Attributes:
        note: what is said under the drawing.
        proposals: the most worth doing first; None = the section is about something else.
    """

    title: str
    about: str = ""
    figures: Sequence[Figure] = ()
    tables: Sequence[tuple[str, Cells]] = ()
    drawing: Markup | None = None
    note: str = ""
    proposals: Sequence[Proposal] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says.

    Attributes:
        part, period, before: what is looked at, in words; before = "" where nothing is compared.
        unknown: of which days of the period nothing is known; "" = all are.
        actions: what became of last time's; None = the store could not be read.
        no_actions: what is said where there are none.
        data: what `opsloop retro --json` prints of the same part and period.
    """

    part: str
    period: str
    before: str
    unknown: str
    data_through: datetime | None
    made_at: datetime
    actions: Sequence[Line] | None
    no_actions: str
    sections: Sequence[Section]
    data: Mapping[str, Any]


def report(
    copy: ServingCopy,
    view: View,
    *,
    in_words: tuple[str, str],
    actions: Sequence[Line] | None,
    proposals: Sequence[Proposal],
    now: datetime,
) -> Report:
    """Return the report of a part of the work and a period.

    Args:
        in_words: the period, and the one to compare it with ("" = none).
        proposals: those that nobody has taken up, the most worth doing first.
        now: when it is made.
    """
    period, before = in_words
    known_from, through = flow.first_day(copy, view.part), copy.published.data_through
    return Report(
        part="All of the work" if view.part == EVERYTHING else words.value_name(view.part.value),
        period=period,
        before=before,
        unknown="" if through is None else unknown_days(view.period, known_from, through),
        data_through=through,
        made_at=now,
        actions=actions,
        no_actions=nothing(view.part),
        sections=_sections(copy, view, proposals),
        data=document(copy, view),
    )


def document(copy: ServingCopy, view: View) -> dict[str, Any]:
    """Return the figures of the period as data, with the keys of `opsloop retro --json`."""
    return {
        "data_through": copy.published.data_through,
        "from": view.period.since,
        "to": view.period.until,
        "figures": _headlines(copy, view),
    }


def _headlines(copy: ServingCopy, view: View) -> list[Row]:
    source = view.part.value if view.part.dimension == SOURCE else None
    shown = SHOWN if view.part.dimension in SHOWN else (*SHOWN, view.part.dimension)
    return cohorts.listed(copy, view.period, shown, source)


def _sections(copy: ServingCopy, view: View, proposals: Sequence[Proposal]) -> list[Section]:
    return [
        *_first(copy, view),
        Section("What is most worth doing", proposals=proposals),
        Section(
            "What is coming, and what varies as usual",
            "By complete weeks of all that is known.",
            figures=[*further.forecasts(copy, view), *further.stabilities(copy, view)],
        ),
        _process(copy, view),
        Section(
            "How well it goes, and what brings it",
            figures=[
                wellness.endings(copy, view),
                further.precision(copy, view),
                wellness.detection(copy, view),
                wellness.sources(copy, view),
                wellness.routes(copy, view),
            ],
        ),
        _beside_each_other(copy, view),
    ]


def _first(copy: ServingCopy, view: View) -> list[Section]:
    """Return what the page's first screen shows."""
    levels = [first_screen.levels(copy, view, one) for one in first_screen.targets(copy, view)]
    return [
        Section(
            "What came, and how long it took",
            figures=[
                first_screen.arrivals(copy, view),
                first_screen.age(copy, view),
                *(first_screen.times(copy, view, one) for one in ("resolve", "acknowledge")),
            ],
        ),
        Section(
            "What was promised and kept",
            "By the week of opening; a missed target counts where most of its time went.",
            figures=levels or [first_screen.no_levels()],
        ),
        Section(
            "What the time went into",
            figures=[
                *(first_screen.minutes(copy, view, one) for one in ("type", "monitor")),
                first_screen.asked(copy, view),
                first_screen.answers(copy, view),
            ],
        ),
        Section("What it was worth", figures=[worth_doing.impact(copy, view)]),
    ]


def _beside_each_other(copy: ServingCopy, view: View) -> Section:
    return Section(
        "Beside each other",
        "Of all incidents opened in the period. A balance to see, and no ranking.",
        figures=[
            wellness.teams(copy, view),
            *(further.compared(copy, view, one) for one in (TEAM, MONITOR)),
        ],
    )


def _process(copy: ServingCopy, view: View) -> Section:
    found = process.of_period(copy, view.part, view.period)
    least = process.least_count(found.edges)
    shown = [edge for edge in found.edges if edge["steps"] >= least]
    slowest = process.slowest(shown, found.incidents)
    drawing = None
    if shown:
        drawing = process_drawing.drawn(shown, found.activities, slowest, process_drawing.LIGHT)
    return Section(
        "How the work goes",
        "What directly follows what, of the incidents opened in the period: how often, and the "
        "median time between. A line is as wide as it is frequent.",
        tables=process_tables.tables(found, shown, slowest),
        drawing=drawing,
        note="" if slowest is None else process_drawing.SLOWEST,
    )
