"""`opsloop app`: start the app."""

from __future__ import annotations

import os
import sys

import click

from opsloop.cli.session import Session
from opsloop.errors import ConfigError

HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
def app(port: int) -> None:
    """Start the app on this machine and print its address."""
    paths = Session().paths
    script = paths.project / "app" / "main.py"
    if not script.is_file():
        raise ConfigError(f"There is no app at {script}.", remedy="Restore the folder app/.")
    click.echo(f"opsloop app: http://{HOST}:{port}")
    sys.stdout.flush()
    os.chdir(paths.project)
    # the app's modules stand in the project, also where opsloop itself is installed elsewhere
    path = os.pathsep.join(filter(None, (str(paths.project), os.environ.get("PYTHONPATH"))))
    os.execve(sys.executable, app_command(str(script), port), {**os.environ, "PYTHONPATH": path})


def app_command(script: str, port: int) -> list[str]:
    """Return the command that serves the app; only this machine can reach it."""
    settings = {
        "server.address": HOST,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "streamlit", "run", script, *options]
