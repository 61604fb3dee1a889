"""How the app is started."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsloop import launch
from opsloop.errors import OpsloopError
from opsloop.paths import Paths


@pytest.fixture
def taken() -> Iterator[int]:
    """Yield a port that somebody listens to, until the test is over."""
    listener = socket.socket()
    listener.bind((launch.HOST, 0))
    listener.listen()
    yield listener.getsockname()[1]
    listener.close()


# The end of a process is tried in one of its own: its exit functions are run.
LAUNCHED = """
import atexit, json, os, sys
from pathlib import Path
from opsloop import launch
from opsloop.paths import Paths

atexit.register(print, "ended")
os.execve = lambda program, arguments, environ: print(
    json.dumps([arguments, environ["OPSLOOP_PROJECT_DIR"], os.getcwd()])
)
launch.app(Paths.of(Path(sys.argv[1]), {}), port=launch.free_port())
"""


def test_the_server_listens_to_this_machine_only(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(launch.HOME)},
        cwd=tmp_path,
    )
    address, ended, replaced = done.stdout.splitlines()
    assert address.startswith("opsloop app: http://localhost:")
    assert ended == "ended"  # before another program takes the process's place
    arguments, project, directory = json.loads(replaced)
    assert "--server.address=127.0.0.1" in arguments
    assert "--server.headless=true" in arguments
    assert project == str(tmp_path)
    # Streamlit reads its settings from the folder where it starts
    assert (Path(directory) / ".streamlit" / "config.toml").is_file()


def test_a_taken_port_is_named(tmp_path: Path, taken: int) -> None:
    with pytest.raises(OpsloopError, match=f"port {taken} is taken"):
        launch.app(Paths.of(tmp_path, {}), port=taken)


def test_without_a_port_the_first_free_one_is_taken(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "FIRST_PORT", taken)
    assert taken < launch.free_port() < taken + launch.PORTS_TRIED
    monkeypatch.setattr(launch, "PORTS_TRIED", 1)
    with pytest.raises(OpsloopError, match="all taken"):
        launch.free_port()
