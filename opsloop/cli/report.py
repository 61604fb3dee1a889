"""`opsloop report`: the retro of a period as one file that needs nothing but a browser."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsloop.cli.output import print_text
from opsloop.cli.places import require_place
from opsloop.cli.retro_part import Day, PartOfFigures, of_a_period, period_of, published
from opsloop.cli.session import Session, utc_now
from opsloop.errors import NotFound, OpsloopError, Refused
from opsloop.service.figures.parts import EVERYTHING, Part, require_dimension, require_known

if TYPE_CHECKING:
    from opsloop.reporting.actions import Line
    from opsloop.service.figures.periods import Period
    from opsloop.service.proposals import Proposal
    from opsloop.warehouse.serving import ServingCopy

WEEKS = 2  # complete ones, where no period is named: how often a team sits down


@click.command()
@of_a_period
@click.option(
    "--part", type=PartOfFigures(), default="total", help="team=NAME, monitor=NAME, …; else all."
)
@click.option(
    "--output",
    "-o",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, such as retro.html.",
)
@click.option(
    "--beside",
    type=Day(),
    help="Compare with as many days from this one on; else with those right before.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def report(
    since: date | None,
    until: date | None,
    part: Part,
    beside: date | None,
    path: Path,
    force: bool,
) -> None:
    """Write the retro as one HTML file: the page's figures, to send and to print.

    It loads nothing from anywhere. Without --from and --to it tells of the last two complete weeks.
    """
    from opsloop.reporting import rendering
    from opsloop.reporting.figure import in_words, looking_at
    from opsloop.reporting.report import report as report_of
    from opsloop.service.figures import flow
    from opsloop.service.figures.periods import last_weeks

    copy = published()
    through = copy.published.data_through
    if through is None:
        raise NotFound("The figures are of an empty queue.", "Run `opsloop run`.")
    _require(copy, part)
    require_place(path, force)
    period = period_of(since, until)
    if period.is_all:
        period = last_weeks(WEEKS, through)
    known_from = flow.first_day(copy, part)
    _require_earlier(period, beside, known_from)
    view = looking_at(part, period, known_from, through, beside)
    actions, proposals = _from_store(copy, part)
    made = report_of(
        copy,
        view,
        in_words=(
            in_words(view.period, through),
            in_words(view.before, through) if view.before else "",
        ),
        actions=actions,
        proposals=proposals,
        now=utc_now(),
    )
    try:
        rendering.write(path, rendering.html(made))
    except OSError as error:
        raise OpsloopError(f"{path} cannot be written: {error.strerror}.") from error
    print_text(f"Wrote {path}: {made.part}, {made.period}.")


def _require_earlier(period: Period, beside: date | None, known_from: date | None) -> None:
    """Raise Refused if a period cannot be compared with what begins on a day."""
    if beside is None:
        return
    if period.earlier(beside) is None:
        raise Refused(
            f"No period of the same length begins on {beside} and ends before this one.",
            "Name an earlier day, and both ends of the period.",
        )
    if known_from is None or beside < known_from:
        raise Refused(
            f"Figures do not know the days from {beside} on.",
            f"They begin on {known_from}." if known_from else "They know of no day yet.",
        )


def _require(copy: ServingCopy, part: Part) -> None:
    if part != EVERYTHING:
        require_dimension(copy, part.dimension)
        require_known(copy, part)


def _from_store(copy: ServingCopy, part: Part) -> tuple[list[Line] | None, list[Proposal]]:
    """Return what became of last time's actions, and a part's proposals that nobody has taken up.

    Without a store to read there are figures all the same: then it is said that actions are
    unknown, and every proposal stands.
    """
    from opsloop.reporting import actions, worth_doing
    from opsloop.service.proposals import proposals

    found, team = proposals(copy, part), actions.team_of(part)
    try:
        with Session().service() as service:
            improvements = service.improvements()
            lines = actions.lines(service.last_actions(team), improvements, team)
    except OpsloopError:
        return None, found
    return lines, worth_doing.not_yet_taken_up(found, improvements)
