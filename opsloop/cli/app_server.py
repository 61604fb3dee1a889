"""`opsloop app`."""

from __future__ import annotations

import click

from opsloop.cli.session import Session


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Else the first free one from 8501 on.")
@click.option("--browser", is_flag=True, help="Show it in the browser.")
def app(port: int | None, browser: bool) -> None:
    """Start the app, reachable from this machine only, and print its address."""
    from opsloop import launch

    launch.app(Session().paths, port=port, open_browser=browser)
