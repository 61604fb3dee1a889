"""Take the README's pictures of the app: `make screenshots`, after `make demo`.

Starts the app over the project's present state and photographs each page in Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect, sync_playwright

from opsloop import launch
from opsloop.paths import Paths
from opsloop.store import Store
from opsloop.types import QueueFilter

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "screenshots"
SIZE = {"width": 1440, "height": 900}
PATIENCE_MS = 60_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Photograph each page; the queue in the dark too."""
    paths = Paths.of(ROOT)
    port = launch.free_port()
    number = eventful_incident(paths.store_url)
    server = subprocess.Popen(
        launch.command(ROOT / "app" / "main.py", port), cwd=ROOT, env=launch.environment(paths)
    )
    PICTURES.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("OPSLOOP_CHROMIUM") or system_browser(),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            url = f"http://localhost:{port}"
            photograph(browser, f"{url}/", "queue", ".stBidiComponent:visible")
            photograph(browser, f"{url}/", "queue_dark", ".stBidiComponent:visible", scheme="dark")
            photograph(browser, f"{url}/incident?incident={number}", "incident", ".ol-timeline")
            entity = quote(eventful_entity(paths.store_url), safe="")
            photograph(browser, f"{url}/entity?entity={entity}", "entity", ".ol-timeline")
            photograph(browser, f"{url}/mutes", "held_back", ".ol-mute, .ol-table")
            chart = "[data-testid=stVegaLiteChart]"
            photograph(browser, f"{url}/retro", "retro", chart, tall=1500)
            photograph(browser, f"{url}/retro", "retro_dark", chart, scheme="dark", tall=1500)
            browser.close()
    finally:
        server.terminate()
        server.wait()


def system_browser() -> str | None:
    """Return the system's Chromium; None = Playwright's own."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def eventful_incident(store_url: str) -> int:
    """Return the open incident with the longest story; else any."""
    with Store.open(store_url) as store:
        items = store.queue(QueueFilter(limit=500)) or store.queue(QueueFilter(states=None))
        if not items:
            sys.exit("There are no incidents to photograph: run `make demo` first.")
        longest = max(
            items,
            key=lambda item: (
                item.incident.escalations_total > 0,
                item.incident.events_total > 1,
                item.incident.version,
            ),
        )
        return longest.incident.incident_id


def eventful_entity(store_url: str) -> str:
    """Return the entity that was part of the most incidents."""
    with Store.open(store_url) as store:
        items = store.queue(QueueFilter(states=None, limit=5_000))
    counts = Counter(item.incident.entity_id for item in items if item.incident.entity_id)
    return counts.most_common(1)[0][0]


def photograph(
    browser: Browser, url: str, name: str, wait_for: str, *, scheme: str = "light", tall: int = 0
) -> None:
    """Open a page as the first person that the sign-in offers, and keep its picture."""
    context = browser.new_context(
        viewport=SIZE, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    _open(page, url)
    page.get_by_role("button", name="Start work").click()
    page.locator(wait_for).first.wait_for()
    if tall:
        page.set_viewport_size({"width": SIZE["width"], "height": tall})
    # the mark that something still runs is gone, and lazily drawn parts have come
    for unfinished in ("stStatusWidget", "stSkeleton"):
        expect(page.get_by_test_id(unfinished)).to_have_count(0, timeout=PATIENCE_MS)
    page.wait_for_load_state("networkidle")
    page.mouse.move(SIZE["width"] - 2, 2)
    page.screenshot(path=PICTURES / f"{name}.png")
    context.close()


def _open(page: Page, url: str) -> None:
    """Go there as soon as the server listens."""
    for _ in range(60):
        try:
            page.goto(url)
        except Exception as error:  # refused until the server listens
            if "ERR_CONNECTION_REFUSED" not in str(error):
                raise
            page.wait_for_timeout(500)
        else:
            return
    sys.exit(f"Nothing answers at {url}.")


if __name__ == "__main__":
    main()
