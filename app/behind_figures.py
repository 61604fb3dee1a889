"""What incidents behind a figure have in common, as the page of their list says it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from opsloop.reporting.first_screen import CAUSES, TARGETS
from opsloop.service.figures.incidents import BEHIND

# where no team is looked at, nothing comes and goes by hand-overs
OF_NO_TEAM = {
    "arrivals": "that came in: opened or reopened",
    "completions": "that were completed: resolved or merged",
}
OF_ONE = {"that are ": "that is ", "that were ": "that was ", "that have ": "that has "}
MET = ("that kept the target", "that met the target")


def says(figure: str, count: int, *, is_of_team: bool) -> str:
    """Return what a figure counts, to be read after how many it counts."""
    text = BEHIND[figure].says if is_of_team else OF_NO_TEAM.get(figure, BEHIND[figure].says)
    text = text.replace(*MET)
    for many, one in OF_ONE.items() if count == 1 else ():
        text = text.replace(many, one)
    return text


def chosen(values: Mapping[str, str]) -> list[str]:
    """Return the target and the cause that were chosen in the words of their chart."""
    return [(TARGETS if name == "target" else CAUSES)[value] for name, value in values.items()]
