"""What errors say to do, on the pages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import remedies
from opsloop.errors import NotFound, Refused
from tests.app.conftest import Open, visible
from tests.app.world import World

OPSLOOP = Path(__file__).parents[2] / "opsloop"
# what people do on pages, and what these acts stand on
ACTS = (
    *sorted((OPSLOOP / "lifecycle").glob("*.py")),
    *(
        OPSLOOP / "service" / f"{name}.py"
        for name in (
            "__init__", "acting", "drafting", "entities", "keys", "merging", "muting", "opening_up",
            "pausing", "placing", "reporting", "staffing", "talking", "undoing", "working",
        )
    ),
    *(OPSLOOP / "store" / f"{name}.py" for name in ("mutes", "openings", "queries", "rosters")),
)  # fmt: skip


def commands_named(file: Path) -> Iterator[str]:
    """Yield the texts of a module that name a command, but for docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and "`opsloop " in text and id(node) not in docstrings:
            yield text


def test_each_command_that_an_act_names_has_its_like_on_the_pages() -> None:
    assert {text for file in ACTS for text in commands_named(file)} == set(remedies.ON_PAGES)


def test_the_pages_name_no_command() -> None:
    for text in remedies.ON_PAGES:
        said = remedies.in_words(NotFound("There is none.", text))
        assert said.startswith("There is none. ")
        assert "`" not in said
    assert remedies.in_words(Refused("It is over.", "Look again.")) == "It is over. Look again."
    assert remedies.in_words(Refused("It is over.")) == "It is over."


@pytest.mark.parametrize(
    ("page", "params"), [("incident", {"incident": "99"}), ("entity", {"entity": "?"})]
)
def test_what_does_not_exist_is_looked_for_in_the_queue(
    desk: World, open_page: Open, page: str, params: dict[str, str]
) -> None:
    text = visible(open_page(page, **params))
    assert "queue" in text
    assert "`opsloop" not in text
