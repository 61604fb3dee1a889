"""The report: one file, the page's figures, and those of `opsloop retro --json`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from opsloop.cli.session import Session
from tests.app import quality_copy, retro_copy
from tests.integration.cli_project import Run

ENDS = ("--from", "2026-02-16", "--to", "2026-03-02")
# what makes a browser fetch something: an attribute, or a word of CSS
LOADS = ("src", "href", "xlink:href", "action", "data", "poster", "srcset", "background")


@pytest.fixture
def published(run: Run) -> Run:
    """Publish a few weeks of figures."""
    session = Session()
    with session.store() as store:
        at = datetime(2026, 3, 5, 13, tzinfo=UTC)
        retro_copy.publish(session.paths.serving, store, published_at=at)
    return run


class Page(HTMLParser):
    """What a report's markup says: its attributes, its texts, its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.data: dict[str, Any] = {}
        self._is_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._is_data = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._is_data and data.strip():
            self.data = json.loads(data)
        elif data.strip():
            self.texts.append(data.strip())


def written(run: Run, folder: Path, *options: str) -> Page:
    """Write a report and read it."""
    file = folder / "retro.html"
    found = run("report", "-o", str(file), "--force", *options)
    assert found.code == 0, found.err
    return Page(file.read_text(encoding="utf-8"))


def test_days_of_which_nothing_is_known_are_called_so(published: Run, tmp_path: Path) -> None:
    page = written(published, tmp_path, "--from", "1990-01-01", "--to", "1990-02-01")
    assert "Nothing is known of these days: figures begin on 16 Feb 2026." in page.texts
    page = written(published, tmp_path, "--from", "2030-01-01", "--to", "2030-02-01")
    assert "Nothing is known of these days: figures end on 5 Mar 2026." in page.texts
    assert not [text for text in page.texts if "Beside " in text and "Jan" in text]


def test_the_process_is_drawn_and_told(published: Run, tmp_path: Path) -> None:
    page = written(published, tmp_path, *ENDS)
    [told] = [
        value
        for tag, name, value in page.attributes
        if (tag, name) == ("svg", "aria-label") and "The process as a graph" in value
    ]
    assert "The slowest leads from" in told
    assert "Start" in page.texts
    assert [one for one in page.texts if one.endswith("· slowest")]


def test_what_is_unknown_is_a_dash(published: Run, tmp_path: Path) -> None:
    texts = written(published, tmp_path).texts
    assert "(small teams)" in texts
    assert "None" not in texts


def test_it_tells_of_the_last_two_complete_weeks_and_loads_nothing(
    published: Run, tmp_path: Path
) -> None:
    file = tmp_path / "retro.html"
    found = published("report", "-o", str(file))
    assert found.out == f"Wrote {file}: All of the work, 16 Feb to 1 Mar 2026.\n"
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    assert "Retro, 16 Feb to 1 Mar 2026" in page.texts
    assert page.tags.count("svg") >= 8
    assert not list(tmp_path.glob("*.part"))
    loading = [
        (tag, name, value)
        for tag, name, value in page.attributes
        if name in LOADS and not value.startswith("#")
    ]
    assert loading == []
    assert not {"link", "img", "iframe", "object", "embed", "audio", "video"} & {*page.tags}
    assert "@import" not in text
    assert re.findall(r"url\(\s*['\"]?(?!#)", text) == []
    addresses = set(re.findall(r"https?://[\w./-]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_its_figures_are_those_of_the_command(published: Run, tmp_path: Path) -> None:
    told = published("retro", *ENDS, "--json").json
    page = written(published, tmp_path, *ENDS)
    for name in ("from", "to", "data_through", "figures"):
        assert page.data[name] == told[name]
    [whole] = [row for row in told["figures"] if row["dimension"] == "total"]
    numbers = numbers_of(page)
    assert numbers["Incidents opened"] == str(whole["incidents"]) == "5"
    assert numbers["Of these still open"] == str(whole["open"]) == "1"
    assert numbers["Of these reopened"] == str(whole["reopened_incidents"]) == "1"
    assert numbers["Median"] == "6 h"
    assert whole["resolve_median_seconds"] == 6 * 3600
    assert (numbers["Met"], numbers["Asked"]) == ("3 of 5", "2")


def numbers_of(page: Page) -> dict[str, str]:
    """Return each number by its label; the first of a label."""
    found: dict[str, str] = {}
    for label, value in zip(page.texts, page.texts[1:], strict=False):
        found.setdefault(label, value)
    return found


def test_a_part_of_the_work(published: Run, tmp_path: Path) -> None:
    page = written(published, tmp_path, "--part", "monitor=mon_late_orders", "--to", "2026-W08")
    assert "Late orders" in page.texts
    unknown = published("report", "-o", str(tmp_path / "x.html"), "--part", "team=shiping")
    assert (unknown.code, unknown.out) == (1, "")
    assert "Did you mean 'shipping'?" in unknown.err
    assert published("report", "-o", "x.html", "--part", "team").code == 2


def test_actions_and_proposals_are_those_of_the_part(run: Run, tmp_path: Path) -> None:
    for team, text in (("shipping", "Tell the carrier"), ("care", "Write back")):
        number = str(
            run("retrospectives", "open", "--team", team, "--json").json["retrospective_id"]
        )
        run("retrospectives", "act", number, text, "--owner", "mo.bauer")
        run("retrospectives", "close", number)
    session = Session()
    found = [quality_copy.proposal(1, "mon_bad_reviews"), quality_copy.proposal(2)]
    with session.store() as store:
        at = datetime(2026, 3, 5, 13, tzinfo=UTC)
        retro_copy.publish(session.paths.serving, store, published_at=at, proposals=found)
    everything = written(run, tmp_path).texts
    for text in ("Tell the carrier", "Write back", "Tune Bad reviews 1"):
        assert text in everything
    assert "· Shipping" in everything
    places = [
        everything.index(text)
        for text in (
            "What it was worth",
            "What is most worth doing",
            "What is coming, and what varies as usual",
        )
    ]
    assert places == sorted(places)
    assert [
        text for text in everything if "about 125 minutes a week, 75.2 of them recorded" in text
    ]
    of_team = written(run, tmp_path, "--part", "team=shipping").texts
    assert "Tell the carrier" in of_team
    assert "Tune Late orders 2" in of_team
    for text in ("Write back", "Tune Bad reviews 1", "· Shipping"):
        assert text not in of_team


def test_a_period_without_incidents_divides_nothing(published: Run, tmp_path: Path) -> None:
    page = written(published, tmp_path, "--from", "2020-01-01", "--to", "2020-01-08")
    assert "Retro, 1 to 7 Jan 2020" in page.texts
    assert "Of these reopened" not in page.texts
    assert all(row["incidents"] == 0 for row in page.data["figures"])


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--from", "2026-03-02", "--to", "2026-03-02"), 2, "holds no day"),
        (("--from", "yesterday"), 2, "'yesterday' is no day"),
    ],
)
def test_a_period_that_is_none(
    published: Run, tmp_path: Path, options: tuple[str, ...], code: int, says: str
) -> None:
    for command in (("report", "-o", str(tmp_path / "x.html")), ("retro",)):
        found = published(*command, *options)
        assert (found.code, found.out) == (code, "")
        assert says in found.err
    assert not (tmp_path / "x.html").exists()


def test_a_period_is_compared_with_the_days_that_were_named(published: Run, tmp_path: Path) -> None:
    days = ("--from", "2026-02-24", "--to", "2026-02-27")
    page = written(published, tmp_path, *days, "--beside", "2026-02-17")
    assert "Beside 17 to 19 Feb 2026." in " ".join(page.texts)
    for beside, says in (
        ("2026-02-22", "No period of the same length"),
        ("2020-01-01", "do not know"),
    ):
        path = tmp_path / f"{beside}.html"
        found = published("report", "-o", str(path), *days, "--beside", beside)
        assert (found.code, path.exists()) == (1, False)
        assert says in found.err


def test_a_file_that_is_there_stays(published: Run, tmp_path: Path) -> None:
    file = tmp_path / "retro.html"
    file.write_text("mine")
    found = published("report", "-o", str(file))
    assert (found.code, found.out) == (1, "")
    assert "add --force" in found.err
    assert file.read_text() == "mine"
    nowhere = published("report", "-o", str(tmp_path / "gone" / "retro.html"))
    assert (nowhere.code, "There is no folder" in nowhere.err) == (1, True)


def test_nothing_is_published(run: Run, tmp_path: Path) -> None:
    found = run("report", "-o", str(tmp_path / "retro.html"))
    assert (found.code, found.out) == (1, "")
    assert found.err.endswith("Run `opsloop run`, or `opsloop publish`.\n")
