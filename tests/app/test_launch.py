"""How the app is started."""

from __future__ import annotations

import os
import socket
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


def test_the_server_listens_to_this_machine_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        os, "execve", lambda program, arguments, environ: started.append((arguments, environ))
    )
    launch.app(Paths.of(tmp_path, {}), port=launch.free_port())
    arguments, environ = started[0]
    assert "--server.address=127.0.0.1" in arguments
    assert "--server.headless=true" in arguments
    assert environ["OPSLOOP_PROJECT_DIR"] == str(tmp_path)
    # Streamlit reads its settings from the folder where it starts
    assert (Path.cwd() / ".streamlit" / "config.toml").is_file()
    assert capsys.readouterr().out.startswith("opsloop app: http://localhost:")


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
