"""`opsloop run|sync|publish`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.output import clean, print_json, print_text, when
from opsloop.cli.progress import showing_progress
from opsloop.cli.session import Session, json_option, utc_now
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.service.judging import Reviewed
    from opsloop.service.publish import Publication
    from opsloop.service.run import Runner, RunReport
    from opsloop.service.sync import SyncReport


@click.command()
@json_option
def run(as_json: bool) -> int:
    """Run the monitors, sync the queue, build the retro and publish it.

    A monitor that fails is named and nothing of it clears; the others go on. Exit code 1 if any
    failed, was skipped, held or left out, or if the retro could not be published.
    """
    with _runner(as_json) as runner:
        report = runner.run()
    if as_json:
        print_json(_run_record(report))
    else:
        _print_run(report)
    for line in _complaints(report):
        click.echo(f"opsloop: {clean(line, None)}", err=True)
    return 0 if report.ok else 1


@click.command()
@json_option
def sync(as_json: bool) -> None:
    """Bring what the monitors found into the queue, and the queue's log into the warehouse."""
    with _runner(as_json) as runner:
        report = runner.sync()
    if as_json:
        print_json(_sync_record(report))
        return
    print_text(_sync_in_words(report))
    for trouble in report.troubles:
        click.echo(f"opsloop: {trouble.monitor_id} {clean(trouble.message, None)}", err=True)
    for warning in report.warnings:
        click.echo(f"opsloop: {clean(warning, None)}", err=True)


@click.command()
@click.option("--no-build", is_flag=True, help="Publish the retro as it stands in the warehouse.")
@json_option
def publish(no_build: bool, as_json: bool) -> int:
    """Mirror the log, build the retro and publish it."""
    with _runner(as_json) as runner:
        if not no_build:
            runner.mirror()
        runner.publish(build=not no_build)
        report = runner.report
    if as_json:
        print_json(_publication_record(report.publication))
    else:
        _print_publication(report)
    for line in _complaints(report):
        click.echo(f"opsloop: {clean(line, None)}", err=True)
    return 0 if report.ok else 1


@contextmanager
def _runner(is_quiet: bool) -> Iterator[Runner]:
    """Open everything that a step needs, and show how far it is."""
    from opsloop.service.run import Runner

    session = Session()
    with session.store(create=True) as store, showing_progress(is_quiet=is_quiet) as listener:
        yield Runner(session.paths, session.config, store, utc_now, listener)


def _run_record(report: RunReport) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "monitors": report.monitors,
        "troubles": [asdict(trouble) for trouble in report.troubles],
        "failed": [{"name": node.name, "message": node.message} for node in report.failed],
        "errors": report.errors,
        "faults": [asdict(fault) for fault in report.faults],
        "sync": _sync_record(report.synced) if report.synced else None,
        "mirrored_rows": report.mirrored.rows if report.mirrored else None,
        "published": _publication_record(report.publication),
        "reviewed": asdict(report.reviewed) if report.reviewed else None,
    }


def _sync_record(report: SyncReport) -> dict[str, Any]:
    return {
        "monitors": report.monitors,
        "events": report.events,
        "counts": dict(report.counts),
        "floods": report.floods,
        "troubles": [asdict(trouble) for trouble in report.troubles],
        "warnings": report.warnings,
    }


def _publication_record(publication: Publication | None) -> dict[str, Any] | None:
    if publication is None:
        return None
    published = publication.published
    return {
        "path": str(publication.path),
        "seq": published.seq,
        "published_at": published.published_at,
        "data_through": published.data_through,
        "tables": publication.tables,
    }


def _print_run(report: RunReport) -> None:
    print_text(f"{counted(report.monitors, 'monitor')} ran.")
    if report.synced:
        print_text(_sync_in_words(report.synced))
    _print_publication(report)


def _print_publication(report: RunReport) -> None:
    if report.publication:
        print_text(_publication_in_words(report.publication))
    if report.reviewed and (said := _review_in_words(report.reviewed)):
        print_text(said)


def _sync_in_words(report: SyncReport) -> str:
    counts = [f"{count:,} {what.replace('_', ' ')}" for what, count in report.counts.items()]
    return f"Queue: {', '.join(counts)}." if counts else "Queue: nothing new."


def _review_in_words(reviewed: Reviewed) -> str:
    """Return what was registered with the figures; nothing where nothing was."""
    told = (
        (reviewed.rule_changes, "change", "of monitors' rules registered"),
        (reviewed.verdicts, "verdict", "given (`opsloop improvements list`)"),
    )
    parts = [f"{counted(count, noun)} {what}" for count, noun, what in told if count]
    return f"{', '.join(parts)}." if parts else ""


def _publication_in_words(publication: Publication) -> str:
    through = when(publication.published.data_through)
    return f"Published the figures through {through} UTC." if through else "Published no figures."


def _complaints(report: RunReport) -> Iterator[str]:
    yield from report.errors
    for node in report.failed:  # causes before what they led to
        yield f"{node.name} failed: {node.message}"
    for trouble in report.troubles:
        yield f"{trouble.monitor_id} {trouble.message}"
    harmless = sum(not fault.is_blocking for fault in report.faults)
    if harmless:
        yield f"{counted(harmless, 'fault')} stopped nothing. Run `opsloop monitors check`."
    if report.synced:
        yield from report.synced.warnings
