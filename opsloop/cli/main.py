"""The root of the command line, and where every error becomes one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path

import click

from opsloop.cli.lazy import LazyGroup
from opsloop.errors import ConfigError, OpsloopError
from opsloop.words import one_line

COMMANDS = {
    "run": ("opsloop.cli.pipeline:run", "Build, sync, mirror, build the retro, publish."),
    "sync": ("opsloop.cli.pipeline:sync", "Bring what the monitors found into the queue."),
    "publish": ("opsloop.cli.pipeline:publish", "Mirror the log and publish the serving copy."),
    "app": ("opsloop.cli.app_server:app", "Start the app and print its address."),
    "doctor": ("opsloop.cli.doctor:doctor", "Say what is wrong with this project's setup."),
    "monitors": ("opsloop.cli.monitors:monitors", "List, show and check monitors."),
    "incidents": ("opsloop.cli.incidents:incidents", "List, show and work incidents."),
    "explain": ("opsloop.cli.explain:explain", "Say which rule did what to an incident, and why."),
    "people": ("opsloop.cli.people:people", "See who has what in hand, and note who is away."),
    "mutes": ("opsloop.cli.mutes:mutes", "Keep monitors or entities from opening incidents."),
    "suppressed": ("opsloop.cli.suppressed:suppressed", "See what is held back now, and by what."),
    "entities": ("opsloop.cli.entities:entities", "See what ever happened to an entity."),
    "config": ("opsloop.cli.config:config", "Show and apply the project's settings."),
    "import": ("opsloop.cli.importing:import_command", "Bring in another system's log, by a map."),
    "retro": ("opsloop.cli.retro:retro", "The headline figures."),
    "report": ("opsloop.cli.report:report", "Write the retro as one file, to send and to print."),
    "improvements": (
        "opsloop.cli.improvements:improvements",
        "Register what is to get better, and see whether it did.",
    ),
    "retrospectives": (
        "opsloop.cli.retrospectives:retrospectives",
        "Keep agenda, decisions and actions.",
    ),
    "store": ("opsloop.cli.store:store", "Upgrade, verify, move, back up and restore the store."),
}
DEMO = {"demo": ("opsloop.demo.cli:demo", "Load the demo's data and replay two weeks of runs.")}


def _commands() -> dict[str, tuple[str, str]]:
    # whoever deletes the folder of the demo has a working tool without it
    has_demo = (Path(__file__).parents[1] / "demo" / "cli.py").is_file()
    return {**DEMO, **COMMANDS} if has_demo else COMMANDS


@click.group(
    cls=LazyGroup,
    lazy=_commands(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--project-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The project's root; else OPSLOOP_PROJECT_DIR, else this folder or the next one above.",
)
@click.version_option(package_name="opsloop", message="opsloop %(version)s")
def cli(project_dir: Path | None) -> None:
    """Detect exceptions with SQL monitors, resolve them as incidents, improve the process.

    Every command that prints data takes --json. Exit codes: 0 done, 1 it failed or something is
    wrong, 2 the command was not understood.
    """
    if project_dir is not None:
        os.environ["OPSLOOP_PROJECT_DIR"] = str(project_dir.resolve())


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # an old terminal cannot show every letter
    try:
        outcome = cli.main(args, prog_name="opsloop", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        return _say([_usage(error)], 2)
    except click.ClickException as error:
        return _say([one_line(error.format_message())], 1)
    except OpsloopError as error:
        return _say(_lines(error), 1)
    except (KeyboardInterrupt, click.Abort):
        return _say(["stopped."], 130)
    except BrokenPipeError:
        # whoever read the output has enough; nothing may be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("OPSLOOP_DEBUG"):
            raise
        what = one_line(f"{type(error).__name__}: {error}")
        return _say([f"this is a bug in opsloop: {what}. Set OPSLOOP_DEBUG=1 for where."], 1)


def _usage(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "opsloop"
    return f"{one_line(error.format_message())} See `{command} --help`."


def _lines(error: OpsloopError) -> Iterator[str]:
    """Yield one line for what happened; settings with several faults get one line each."""
    if isinstance(error, ConfigError) and len(error.faults) > 1:
        yield one_line(f"{error.message} {error.remedy}")
        yield from map(one_line, error.faults)
    else:
        yield one_line(str(error))


def _say(lines: Iterator[str] | Sequence[str], code: int) -> int:
    for line in lines:
        click.echo(f"opsloop: {line}", err=True)
    return code
