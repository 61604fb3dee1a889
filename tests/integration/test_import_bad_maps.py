"""What is wrong with a map is refused before a row is read, with its place and what to do."""

from __future__ import annotations

import pytest

from opsloop.errors import ConfigError
from tests.integration.imported import ACTIVITIES, CREATED, HEADER, Desk


def test_every_fault_of_a_map_is_named_with_its_line(desk: Desk) -> None:
    plan = """\
source: desk
case: tickte
at: "upper("
let: {late: "prev.at"}
set: {team: count(*), person: "who), (at"}
rows:
- {action: taken, when: "activity = prev.activty"}
- {action: resolved, at: "1.5"}
- {action: commented, when: "(select true)"}
"""
    with pytest.raises(ConfigError) as caught:
        desk.bring(HEADER + CREATED, plan)
    faults = [fault.split(". ")[0] for fault in caught.value.faults]
    assert faults == [
        "map.yml:4 let.late: The row before is not known here",
        "map.yml:2 case: There is no column 'tickte'",
        'map.yml:3 at: It cannot be used: syntax error at or near "as"',
        "map.yml:5 set.team: It looks at many rows",
        'map.yml:5 set.person: It cannot be used: syntax error at or near ")"',
        "map.yml:7 rows[0].when: There is no column 'activty'",
        "map.yml:8 rows[1].at: It gives DECIMAL(2,1), which is no time",
        "map.yml:9 rows[2].when: It cannot be used: TRY can not be used in combination with a "
        "scalar subquery",
    ]
    assert "Did you mean 'ticket'?" in caught.value.faults[1]


def test_a_column_that_is_called_as_a_word_of_sql_and_is_not_there(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        desk.bring("ticket,activity,who,when_at\n", ACTIVITIES.replace("at: at", "at: when"))
    assert caught.value.faults == (
        "map.yml:3 at: There is no column 'when'. Did you mean 'when_at'? Columns: ticket, "
        "activity, who, when_at.",
    )


def test_a_format_of_times_that_is_none_is_a_fault_of_the_map(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        desk.bring(HEADER, ACTIVITIES + 'read:\n  time:\n  - "%d/%m/%Y"\n  - "%Q"\n')
    assert caught.value.faults == (
        "map.yml:15 read.time: '%Q' is no format of a time. Write one as for `strptime`, such as "
        "`%d/%m/%Y %H:%M`.",
    )


def test_a_map_that_says_no_time_names_its_file(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        desk.bring(HEADER + "A,create,ann,?\n", ACTIVITIES.replace("at: at\n", ""))
    assert caught.value.faults == (
        "map.yml at: It is not said when a row was written. Name the column of each row's own "
        "time.",
    )


@pytest.mark.parametrize(
    "leaf", ["(select content from read_text('/etc/passwd'))", "getenv('HOME')"]
)
def test_a_map_reaches_no_file_and_no_environment(desk: Desk, leaf: str) -> None:
    with pytest.raises(ConfigError):
        desk.bring(HEADER + CREATED, ACTIVITIES + f'set: {{team: "{leaf}"}}\n')
