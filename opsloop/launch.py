"""Start the app on this machine, and on this machine only."""

from __future__ import annotations

import atexit
import os
import socket
import sys
from pathlib import Path

from opsloop.errors import OpsloopError
from opsloop.paths import Paths

HOST = "127.0.0.1"
FIRST_PORT = 8501
PORTS_TRIED = 50
HOME = Path(__file__).parent.parent  # where the app and its .streamlit stand


def app(paths: Paths, port: int | None = None, open_browser: bool = False) -> None:
    """Serve the app of a project, print its address, and stay until it is stopped.

    Args:
        port: where to listen; None = the first free one from 8501 on.
        open_browser: whether to show it in the browser.

    Raises:
        OpsloopError: the app is not installed, or its port is taken.
    """
    script = HOME / "app" / "main.py"
    if not script.is_file():
        raise OpsloopError(f"There is no app at {script}.", "Restore the folder app/.")
    port = free_port() if port is None else checked(port)
    print(f"opsloop app: http://localhost:{port}", flush=True)
    os.chdir(HOME)
    arguments = command(script, port, open_browser)
    # the server takes this process's place: who stops the one stops the other. What was left to do
    # at this one's end is done now, since exec would forget it (semaphores that dbt took, say)
    atexit._run_exitfuncs()
    os.execve(arguments[0], arguments, environment(paths))


def command(script: Path, port: int, open_browser: bool = False) -> list[str]:
    """Return the command that serves the app, reachable from this machine only."""
    settings = {
        "server.address": HOST,
        "server.port": port,
        "server.headless": str(not open_browser).lower(),
        "browser.gatherUsageStats": "false",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *options]


def environment(paths: Paths) -> dict[str, str]:
    """Return the environment that leads the app to the project and to its own modules."""
    modules = os.pathsep.join(filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "OPSLOOP_PROJECT_DIR": str(paths.project), "PYTHONPATH": modules}


def free_port() -> int:
    """Return the first port from 8501 on that nobody listens to."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if _is_free(port):
            return port
    last = FIRST_PORT + PORTS_TRIED - 1
    raise OpsloopError(f"The ports {FIRST_PORT} to {last} are all taken.", "Name another: --port.")


def checked(port: int) -> int:
    """Return the port; raises OpsloopError if it is taken."""
    if not _is_free(port):
        raise OpsloopError(f"The port {port} is taken.", "Name another: --port.")
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        # as the server itself does: a port that was just closed is free
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True
