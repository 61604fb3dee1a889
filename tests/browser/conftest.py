"""Fixtures of the browser's journeys: the app served as users start it, and real Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from opsloop import launch
from opsloop.paths import Paths
from tests.app import retro_copy, world
from tests.app.world import World

FOREIGN = "evil.example"
READY_WITHIN_S = 60
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1",
)
SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield the system's Chromium, or Playwright's own where there is none."""
    path = os.environ.get("OPSLOOP_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    expect.set_options(timeout=20_000)  # as long as a page's own: machines are busy
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium here: see scripts/browser.sh")
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, empty_store_file: Path) -> Iterator[World]:
    """Yield a project with the usual incidents and a published retro."""
    built = world.build(tmp_path_factory.mktemp("shop"), empty_store_file)
    world.usual_desk(built)
    retro_copy.publish(built.serving, built.store, published_at=datetime.now(UTC))
    yield built
    built.store.close()


@pytest.fixture(scope="module")
def port(desk: World) -> Iterator[int]:
    """Yield the port of the app, served as `opsloop app` does it."""
    with socket.socket() as free:
        free.bind((launch.HOST, 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "OPSLOOP_HOME": str(desk.project / "var")}
    for name in ("OPSLOOP_STORE_URL", "DBT_TARGET_PATH", "OPSLOOP_PROJECT_DIR"):
        environ.pop(name, None)
    paths = Paths.of(desk.project, environ)
    code = (
        "import sys; from pathlib import Path; from opsloop import launch;"
        "from opsloop.paths import Paths;"
        "launch.app(Paths.of(Path(sys.argv[1])), port=int(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(paths.project), str(port)]
    with (desk.project / "app.log").open("wb") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            _wait_until_ready(server, port, desk.project / "app.log")
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture
def sign_in(browser: Browser, port: int) -> Iterator[SignIn]:
    """Open an address as a person, in a browser profile of its own."""
    contexts = []

    def signed_in(person: str | None, address: str = "/", host: str = "localhost") -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.add_init_script("window.hacked = 0")
        page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
        page.goto(f"http://{host}:{port}{address}")
        if person:
            page.get_by_role("combobox", name="Working as").click()
            page.get_by_role("option", name=person).click()
            page.get_by_role("button", name="Start work").click()
        return page

    yield signed_in
    for context in contexts:
        context.close()


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server answers; its own words say why if it never does."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the app did not start:\n{log.read_text()}")
