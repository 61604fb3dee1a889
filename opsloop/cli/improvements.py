"""`opsloop improvements`: what is registered, and whether it helped."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from opsloop.cli import improvement_records as records
from opsloop.cli.improvement_views import show
from opsloop.cli.output import Column, clean, print_json, print_table, print_text, when
from opsloop.cli.retro_part import Day
from opsloop.cli.session import (
    Number,
    Session,
    as_option,
    json_option,
    person_acting,
    text_option,
)
from opsloop.errors import Refused
from opsloop.improvements import DEFAULT_HORIZON, METRICS, Part, Stage

if TYPE_CHECKING:
    from opsloop.improvements import Improvement
    from opsloop.warehouse.serving import ServingCopy


class PartOfWork(click.ParamType[Part]):
    """`monitor=mon_late`, `team=desk`, or `total` for everything."""

    name = "part"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> Part:
        """Return the part."""
        dimension, sign, name = str(value).strip().partition("=")
        if dimension == "total" and name in ("", "all"):
            return Part("total", "all")
        if not (dimension and sign and name):
            self.fail(
                f"'{value}' is no part of the work: write monitor=NAME, team=NAME or total.",
                parameter,
                context,
            )
        return Part(dimension, name)


class Share(click.ParamType[float]):
    """`-0.3` or `-30%`."""

    name = "share"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> float:
        """Return the share."""
        text = str(value).strip()
        try:
            return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"'{value}' is no change: write -0.3 or -30%.", parameter, context)


@click.group()
def improvements() -> None:
    """Register what is to get better, and see whether it did.

    What is judged (part, metric, target, start, horizon) is registered before the outcome can be
    seen. A verdict falls at each publish that completes a week, and stays as it was given.
    """


improvements.add_command(show)


@improvements.command(name="list")
@click.option(
    "--stage", type=click.Choice([stage.value for stage in Stage]), help="Those that stand so."
)
@click.option("--team", help="Those of this team.")
@json_option
def list_improvements(stage: str | None, team: str | None, as_json: bool) -> None:
    """List the improvements, the newest first, with the verdict given last."""
    with Session().service() as service:
        found = [
            view
            for view in service.improvements()
            if stage in (None, view.improvement.stage) and team in (None, view.improvement.team)
        ]
    if as_json:
        print_json([records.improvement(view) for view in found])
        return
    if not found:
        print_text("No improvement is registered.")
        return
    print_table(
        (
            Column("#", is_number=True),
            Column("stage"),
            Column("title", is_flexible=True),
            Column("owner"),
            Column("to change"),
            Column("start"),
            Column("verdict"),
        ),
        (
            (
                view.improvement.improvement_id,
                view.improvement.stage,
                view.title,
                view.improvement.owner,
                records.measured_by(view.improvement),
                view.improvement.start_day,
                view.verdict.verdict if view.verdict else None,
            )
            for view in found
        ),
    )


@improvements.command(name="open")
@click.argument("title", required=False)
@click.option(
    "--proposal",
    "proposal_key",
    metavar="KEY",
    help="Begin with this one of `opsloop retro proposals`.",
)
@click.option("--part", type=PartOfWork(), help="What changes: monitor=NAME, team=NAME, total.")
@click.option("--metric", type=click.Choice([*METRICS]), help="What it is measured by.")
@click.option("--hypothesis", help="Why it should help.")
@click.option("--target", type=Share(), help="The change to aim at: -0.3 or -30% (the default).")
@click.option("--start", "start_day", type=Day(), help="The first day with the change (UTC).")
@click.option(
    "--horizon",
    "horizon_weeks",
    type=int,
    default=DEFAULT_HORIZON,
    show_default=True,
    help="Weeks after the start, after which the verdict falls.",
)
@click.option("--control", type=PartOfWork(), help="A part without the change, to compare with.")
@click.option("--owner", help="Who sees to it; else who acts.")
@click.option("--team", help="Whose it is; else the part's team, or the owner's.")
@click.option("--retrospective", "retrospective_id", type=Number(), help="Which one decided it.")
@as_option
@json_option
def open_improvement(
    title: str | None,
    proposal_key: str | None,
    part: Part | None,
    metric: str | None,
    hypothesis: str | None,
    target: float | None,
    start_day: date | None,
    horizon_weeks: int,
    control: Part | None,
    owner: str | None,
    team: str | None,
    retrospective_id: int | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Register an improvement, from a proposal or of your own; it is proposed until it starts.

    Whatever a proposal says can be said otherwise. Without a proposal, TITLE, --part and --metric
    are needed.
    """
    from opsloop.improvements import DEFAULT_TARGET
    from opsloop.service.judging import require_judgeable
    from opsloop.service.proposals import proposal
    from opsloop.warehouse.serving import open_serving

    session = Session()
    copy = open_serving(session.paths.serving)
    if proposal_key is not None:
        proposed = proposal(_require(copy), proposal_key)
        title = title or proposed.title
        hypothesis = hypothesis or proposed.reason
        part, metric = part or proposed.part, metric or proposed.metric
        target = proposed.target_change if target is None else target
    if title is None or part is None or metric is None:
        raise click.UsageError("Give TITLE, --part and --metric, or a --proposal.")
    with session.service() as service:
        if copy is not None:
            require_judgeable(copy, metric, part, control)
        made = service.open_improvement(
            person_acting(person),
            title=title,
            part=part,
            metric=metric,
            hypothesis=hypothesis,
            owner=owner,
            team=team,
            target=DEFAULT_TARGET if target is None else target,
            start_day=start_day,
            horizon_weeks=horizon_weeks,
            control=control,
            proposal_key=proposal_key,
            retrospective_id=retrospective_id,
        )
    if as_json:
        print_json(records.registered(made))
        return
    what = clean(records.measured_by(made), None)
    print_text(f"Improvement {made.improvement_id} is proposed: {what}.")
    if copy is None:
        print_text("No figures were published yet, so its part could not be looked up.")


@improvements.command()
@click.argument("number", type=Number())
@click.option("--on", type=Day(), help="The first day with the change; else the registered one.")
@text_option("Why on another day than the registered one.", is_required=False)
@as_option
@json_option
def start(
    number: int, on: date | None, text: str | None, person: str | None, as_json: bool
) -> None:
    """Say that improvement NUMBER is made: from its registered day on, else from today."""
    with Session().service() as service:
        made = service.start_improvement(number, person_acting(person), on=on, text=text)
    _tell(made, f"runs from {made.start_day} on", as_json)


@improvements.command()
@click.argument("number", type=Number())
@click.option("--to", type=Day(), required=True, help="The first day with the change (UTC).")
@text_option("Why; needed once it began, and shown with the verdict.", is_required=False)
@as_option
@json_option
def move(number: int, to: date, text: str | None, person: str | None, as_json: bool) -> None:
    """Register another start of improvement NUMBER."""
    with Session().service() as service:
        made = service.move_improvement(number, person_acting(person), to=to, text=text)
    _tell(made, f"starts on {made.start_day}", as_json)


@improvements.command()
@click.argument("number", type=Number())
@text_option("What was learned.", is_required=False)
@as_option
@json_option
def finish(number: int, text: str | None, person: str | None, as_json: bool) -> None:
    """Say that improvement NUMBER is done; its verdict still falls at the horizon."""
    with Session().service() as service:
        made = service.finish_improvement(number, person_acting(person), text=text)
    _tell(made, "is done", as_json)


@improvements.command()
@click.argument("number", type=Number())
@text_option("Why.", is_required=True)
@as_option
@json_option
def drop(number: int, text: str, person: str | None, as_json: bool) -> None:
    """Give improvement NUMBER up."""
    with Session().service() as service:
        made = service.drop_improvement(number, person_acting(person), text=text)
    _tell(made, "is dropped", as_json)


@improvements.command()
@click.option("--monitor", help="Those of this monitor; they are screened with all others.")
@json_option
def changes(monitor: str | None, as_json: bool) -> None:
    """List the changes of rules that registered themselves, and what became of the events.

    Nobody chose these, and some of many look like a success by chance: at most 5 % of what is
    claimed among them is expected to be false (Benjamini and Hochberg).
    """
    from opsloop.cli.retro_part import published
    from opsloop.service.judging import screened_changes

    copy = published()
    with Session().store() as store:
        found = [
            one for one in screened_changes(copy, store) if monitor in (None, one.change.monitor_id)
        ]
    if as_json:
        print_json([records.screened_change(one) for one in found])
        return
    if not found:
        print_text("No change of a monitor's rule or grouping was seen yet.")
        return
    for one in found:
        change = one.change
        print_text(f"{when(change.changed_at)}  {clean(change.monitor_id)}: {change.aspect}")
        print_text(f"  {clean(one.judgement.in_words(), None)}")


def _require(copy: ServingCopy | None) -> ServingCopy:
    if copy is None:
        raise Refused("Nothing was published yet.", "Run `opsloop run`, or `opsloop publish`.")
    return copy


def _tell(made: Improvement, what: str, as_json: bool) -> None:
    if as_json:
        print_json(records.registered(made))
    else:
        print_text(f"Improvement {made.improvement_id} {what}.")
