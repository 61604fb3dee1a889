"""`opsloop improvements show`: what is registered, what was said of it, what is said today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli import improvement_records as records
from opsloop.cli.output import clean, print_json, print_pairs, print_text, when
from opsloop.cli.session import Number, Session, json_option

if TYPE_CHECKING:
    from opsloop.service.improving import ImprovementDetail
    from opsloop.service.judging import Judgement, Revisited


@click.command()
@click.argument("number", type=Number())
@json_option
def show(number: int, as_json: bool) -> None:
    """Show improvement NUMBER: what is registered, what was said of it, what is said today."""
    from opsloop.errors import OpsloopError
    from opsloop.service.judging import judge, revisited
    from opsloop.store import verdicts
    from opsloop.warehouse.serving import open_serving

    session = Session()
    today: Judgement | None = None
    given: list[Revisited] = []
    trouble: str | None = None
    with session.service() as service:
        detail = service.improvement(number)
        one = detail.view.improvement
        try:
            copy = open_serving(session.paths.serving)
            if copy is not None and one.start_day is not None:
                given = revisited(copy, service.store, one)
                with service.store.engines.read() as connection:
                    changes = verdicts.changes(connection)
                today = judge(copy, one, changes)
        except OpsloopError as error:
            trouble = str(error)
    if as_json:
        print_json(_document(detail, given, today, trouble))
    else:
        _print_detail(detail, given, today, trouble)


def _document(
    detail: ImprovementDetail,
    given: list[Revisited],
    today: Judgement | None,
    trouble: str | None,
) -> dict[str, Any]:
    kept = [records.revisited(one) for one in given] or [
        records.verdict(one) for one in detail.verdicts
    ]
    return {
        **records.improvement(detail.view),
        "history": [records.happened(one) for one in detail.history],
        "verdicts": kept,
        "today": None if today is None else records.judgement(today),
        "trouble": trouble,
    }


def _print_detail(
    detail: ImprovementDetail,
    given: list[Revisited],
    today: Judgement | None,
    trouble: str | None,
) -> None:
    view, one = detail.view, detail.view.improvement
    print_pairs(
        (
            (f"#{one.improvement_id}", view.title),
            ("stage", one.stage),
            ("owner", one.owner if one.team is None else f"{one.owner} ({one.team})"),
            ("to change", records.measured_by(one)),
            ("because", view.hypothesis),
            ("start", one.start_day),
            ("horizon", f"{one.horizon_weeks} weeks"),
            ("proposal", one.proposal_key),
            ("decided in", one.retrospective_id and f"retrospective {one.retrospective_id}"),
        )
    )
    if view.is_registered_late:
        print_text("It was registered after it had begun.")
    if one.late_moves:
        print_text(f"Its start was set or moved after it had begun ({one.late_moves}).")
    print_text("\nWhat happened")
    for row in detail.history:
        start = f", start {row.start_day}" if row.start_day else ""
        late = ", after it had begun" if row.is_late else ""
        why = f": {row.text}" if row.text else ""
        _line(f"{when(row.at)} {row.step} by {row.by}{start}{late}{why}")
    if detail.verdicts:
        print_text("\nWhat was said of it")
    again = {(one.kept.known_through, one.kept.plan_version): one for one in given}
    for kept in detail.verdicts:
        _line(f"through {kept.known_through}: {kept.says}")
        _print_today(again.get((kept.known_through, kept.plan_version)))
    if today is not None:
        print_text(f"\nToday's figures, through {today.known_through}")
        _line(today.in_words())
    if trouble is not None:
        print_text(f"\nIt cannot be judged today: {clean(trouble, None)}")


def _print_today(one: Revisited | None) -> None:
    """Say of a kept verdict what today's figures would say otherwise."""
    if one is None or one.today is None:
        return
    if one.is_other:
        _line(f"  today's figures say otherwise: {one.today.in_words()}")
    elif one.has_other_figures:
        _line("  some of those figures changed since; the verdict would be the same")


def _line(text: str) -> None:
    depth = len(text) - len(text.lstrip())
    print_text(f"  {' ' * depth}{clean(text, None)}")
