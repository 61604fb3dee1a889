"""Fixtures of the app's tests: a project, and a browser that AppTest stands in for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import access
from app.access import Visit
from tests.app import world
from tests.app.world import World

MAIN = str(Path(__file__).parents[2] / "app" / "main.py")
LOCAL = Visit("127.0.0.1", None, {"host": "localhost:8501"})
Open = Callable[..., AppTest]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the project's folder and go there."""
    for name in ("OPSLOOP_HOME", "OPSLOOP_STORE_URL", "OPSLOOP_PROJECT_DIR", "DBT_TARGET_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(access, "current_visit", lambda: LOCAL)
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture
def empty(project: Path, empty_store_file: Path) -> Iterator[World]:
    """Yield a project whose store is empty."""
    built = world.build(project, empty_store_file)
    yield built
    built.store.close()


@pytest.fixture
def desk(empty: World) -> World:
    """Return a project with the usual incidents."""
    world.usual_desk(empty)
    return empty


@pytest.fixture
def open_page() -> Open:
    """Open a page as a person; the URL's parameters follow."""

    def opened(page: str = "", /, *, person: str | None = world.KIM, **params: str) -> AppTest:
        browser = AppTest.from_file(MAIN, default_timeout=30)
        if person:
            browser.session_state["signed_in_person"] = person
        for name, value in params.items():
            browser.query_params[name] = value
        browser.run()
        if page:
            browser.switch_page(f"app_pages/{page}.py")
            for name, value in params.items():
                browser.query_params[name] = value
            browser.run()
        assert not browser.exception, browser.exception
        return browser

    return opened


def visible(browser: AppTest) -> str:
    """Return the text of everything that the page made of templates."""
    reader = _Text()
    for element in browser.get("html"):
        reader.feed(element.proto.body)
    return " ".join(" ".join(reader.found).split())


def url(browser: AppTest) -> dict[str, str]:
    """Return the parameters of the page's address."""
    return {
        name: value if isinstance(value, str) else value[0]
        for name, value in browser.query_params.items()
    }


def rows(browser: AppTest) -> list[dict[str, Any]]:
    """Return what the queue's table was given; nothing where there is no table."""
    return next((given["rows"] for given in _given(browser) if "rows" in given), [])


def led_to(browser: AppTest) -> str | None:
    """Return the address of the page that this one leads the browser to at once."""
    return next((given["to"] for given in _given(browser) if "to" in given), None)


def _given(browser: AppTest) -> Iterator[dict[str, Any]]:
    """Yield what each of the page's own components was given."""
    for one in browser.get("bidi_component"):
        yield json.loads(one.proto.json or "{}") or {}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)
