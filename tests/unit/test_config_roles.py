"""`roles:` of opsloop.yml: what it means, and each fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.config import check_config, load_config
from opsloop.roles import NEEDS, Deed, Role, Staff

TEAMS = """\
teams:
  maintainers: {lead: mo.bauer}
  shipping: {lead: ada.moreno, members: [ada.moreno, bo.larsen]}
"""
NOBODY = "teams: {maintainers: }\n"


def project(folder: Path, text: str) -> Path:
    (folder / "opsloop.yml").write_text(text, encoding="utf-8")
    return folder


def test_without_roles_nothing_needs_one(tmp_path: Path) -> None:
    chart = load_config(project(tmp_path, TEAMS)).chart
    assert chart.needs is None
    assert chart.people == {"mo.bauer", "ada.moreno", "bo.larsen"}
    assert chart.teams["shipping"] == Staff("ada.moreno", ("ada.moreno", "bo.larsen"))


def test_roles_without_more_are_the_usual_ones(tmp_path: Path) -> None:
    chart = load_config(project(tmp_path, TEAMS + "roles:\n")).chart
    assert chart.needs == NEEDS
    assert chart.admins == {"mo.bauer"}


def test_what_the_settings_say_goes_before_the_usual(tmp_path: Path) -> None:
    more = "roles: {admins: [ada.moreno], needs: {take: anybody, mute: admin}}\n"
    chart = load_config(project(tmp_path, TEAMS + more)).chart
    assert chart.admins == {"mo.bauer", "ada.moreno"}
    assert chart.needs == {**NEEDS, Deed.TAKE: Role.ANYBODY, Deed.MUTE: Role.ADMIN}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            TEAMS + "roles: {needs: {acept: lead}}\n",
            "Did you mean 'accept'?",
        ),
        (
            TEAMS + "roles: {needs: {accept: leed}}\n",
            "opsloop.yml:4 roles.needs.accept: 'leed' is not one of anybody, member, lead or admin."
            " Did you mean 'lead'?",
        ),
        (TEAMS + "roles: {admin: [a]}\n", "Known keys: admins, needs."),
        (
            TEAMS + "roles:\n  admins: [ada.morena]\n",
            "opsloop.yml:5 roles.admins[0]: There is no person 'ada.morena'. "
            "Did you mean 'ada.moreno'? Name them in a team or under `people`, or remove them.",
        ),
        (
            NOBODY + "roles:\n",
            "opsloop.yml:2 roles: There are roles, and nobody is named who could have one. "
            "Name the teams' leads and members.",
        ),
        (
            "people: [ada]\n" + NOBODY + "roles: {needs: {mute: admin}}\n",
            "roles.needs.mute: Nobody could 'mute': there are no admins.",
        ),
    ],
)
def test_faults(tmp_path: Path, text: str, expected: str) -> None:
    config, faults = check_config(project(tmp_path, text))
    assert config is None
    assert any(expected in str(fault) for fault in faults), [str(fault) for fault in faults]
