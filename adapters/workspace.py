"""The workspace, on this machine or at a URL: the folder of each run with its record, plan, problems and results."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING

from pydantic import ValidationError

from adapters.files import private, replacing
from adapters.folders import make_folder, remove_folder, subfolders
from adapters.storage import place, reaching, reason
from schemas.errors import OrderliftError, UsageError
from schemas.places import Place
from schemas.run import RunRecord

if TYPE_CHECKING:
    import pyarrow as pa

    from adapters.plan_files import PlanFiles

# Arrow and pandas are imported where tables are read or written: `orderlift status` is quick without them.
# ruff: noqa: PLC0415

LOCK = ".lock"


class RunFolder:
    """The folder of one run. Files appear whole or not at all."""

    def __init__(self, path: Place) -> None:
        self.path = path
        self.run_id = path.name
        self.results = path / "results.parquet"
        self.results_csv = path / "results.csv"
        self.results_xlsx = path / "results.xlsx"
        self.rejects = path / "rejects.xlsx"
        self.report = path / "report.html"
        self.problems = path / "problems.parquet"

    @cached_property
    def plan(self) -> "PlanFiles":
        """The files of its plan."""
        from adapters.plan_files import PlanFiles

        return PlanFiles(self.path)

    @property
    def is_planned(self) -> bool:
        """Whether the run has a complete plan."""
        with reaching(self.path):
            return (self.path / "run.json").exists()

    def record(self) -> RunRecord:
        """run.json; raises UsageError if planning did not get so far as to write it."""
        try:
            with reaching(self.path):
                content = (self.path / "run.json").read_bytes()
            return RunRecord.model_validate_json(content)
        except (OSError, ValidationError) as error:
            raise UsageError(
                f"Run {self.run_id} has no complete plan.", "Start it again with `orderlift run`."
            ) from error

    def write_record(self, record: RunRecord) -> None:
        """Replace run.json."""
        with replacing(self.path / "run.json") as file:
            file.write(record.model_dump_json(indent=2).encode() + b"\n")

    def write_page(self, page: str) -> None:
        """Replace report.html."""
        with replacing(self.report) as file:
            file.write(page.encode())

    def write_results(self, tables: "Iterable[pa.Table]") -> None:
        """Replace results.parquet and results.csv."""
        from adapters.results_files import write_results

        write_results(self.results, self.results_csv, tables)

    def write_results_xlsx(self) -> None:
        """Write results.xlsx; raises UsageError for more rows than Excel holds."""
        from adapters.results_files import write_results_xlsx

        write_results_xlsx(self.results_xlsx, self.results)

    def beside(self, run_id: str) -> "RunFolder":
        """The folder of another run in the same workspace."""
        return RunFolder(self.path.with_name(run_id))

    def discard_unplanned(self) -> None:
        """Remove the folder of a run that never got a whole plan: nothing was sent for it."""
        with suppress(OrderliftError):  # why it has no plan says more
            if not self.is_planned:
                remove_folder(self.path)

    def require_space(self, count: int) -> None:
        """Raise UsageError if the disk of this machine has not so many bytes left."""
        if isinstance(self.path, Path) and (free := disk_usage(self.path).free) < count:
            raise UsageError(
                f"Planning may take {count / 1e9:,.1f} GB of disk, and {self.path} has {free / 1e9:,.1f} GB left.",
                "Make room, or choose another --workspace.",
            )

    @contextmanager
    def scratch(self) -> Iterator[Place]:
        """A folder for what is only needed meanwhile; on this machine, others that want one of this run wait."""
        path = self.path / "split"
        handle = os.open(self.path, os.O_RDONLY) if isinstance(self.path, Path) else None
        try:
            if handle is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            remove_folder(path)  # of a process that was killed
            with reaching(path):
                make_folder(path)
            try:
                yield path
            finally:
                remove_folder(path)
        finally:
            if handle is not None:
                os.close(handle)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other process of this machine out of the run; the lock ends with the process, whatever ends it.

        Raises UsageError if another process has it. At a URL there is no such lock: there the ledger alone keeps others
        out of the run while it is sent.
        """
        if not isinstance(self.path, Path):
            yield
            return
        with open(self.path / LOCK, "w", opener=private) as file:
            for wait in (0.05, 0.2, 0.0):  # another process may just be asking whether it is locked
                with suppress(BlockingIOError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                time.sleep(wait)
            else:
                raise UsageError(f"Run {self.run_id} is going on in another process.", "`orderlift status` shows it.")
            yield

    def is_locked(self) -> bool | None:
        """Whether a process of this machine has the run; None if that cannot be told, or the run is elsewhere."""
        if not isinstance(self.path, Path):
            return None
        try:
            with (self.path / LOCK).open("r") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return None
        return False


class Workspace:
    """A folder with runs and, on this machine, a ledger; there it is readable by its owner alone."""

    def __init__(self, path: str | Place) -> None:
        self.path = place(path) if isinstance(path, str) else path
        self._runs = self.path / "runs"

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, which has locks that end with the process."""
        return isinstance(self.path, Path)

    def ledger_url(self, given: str | None = None) -> str:
        """The URL of the ledger: the one given, else SQLite in the folder.

        Raises UsageError for SQLite beside a workspace that others may use from elsewhere.
        """
        if not self.is_here and (given is None or given.startswith("sqlite")):
            raise UsageError(
                f"A workspace at a URL ({self.path}) needs a ledger that all machines reach.",
                "Set --ledger-url postgresql+psycopg://USER@HOST/DATABASE.",
            )
        return given or f"sqlite:///{self.path / 'ledger.db'}"

    def create(self) -> None:
        """Make the folder; raises UsageError if that cannot be done."""
        with self._usable():
            make_folder(self.path, may_be_there=True)
            make_folder(self._runs, may_be_there=True)

    def new_run(self) -> RunFolder:
        """A folder for a new run; its name sorts by time. Raises UsageError if it cannot be made.

        What processes that were killed while they planned have left behind is removed.
        """
        self.create()
        for old in [RunFolder(self._runs / name) for name in subfolders(self._runs)] if self.is_here else []:
            if old.is_locked() is False:
                old.discard_unplanned()
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"[:-3].replace(".", "") + f"Z-{secrets.token_hex(2)}"
        folder = RunFolder(self._runs / run_id)
        with self._usable():
            for path in (folder.path, *folder.plan.folders):
                make_folder(path)
        return folder

    def folder(self, run_id: str) -> RunFolder:
        """The folder of a run that was begun; raises UsageError if there is none, which only this machine can tell."""
        folder = RunFolder(self._runs / run_id)
        if Path(run_id).name != run_id or (self.is_here and not folder.path.is_dir()):
            raise UsageError(f"The workspace {self.path} has no run {run_id}.", "Name another with --workspace.")
        return folder

    def runs(self) -> list[RunFolder]:
        """The folders of all runs, newest first, also of those without a complete plan."""
        with self._usable():
            return [RunFolder(self._runs / name) for name in reversed(subfolders(self._runs)) if "Z-" in name]

    def run(self, run_id: str | None = None) -> RunFolder:
        """The folder of a planned run, by default the latest; raises UsageError if there is none."""
        with self._usable():
            names = reversed(subfolders(self._runs)) if run_id is None else [run_id]
            found = (RunFolder(self._runs / name) for name in names if "Z-" in name and Path(name).name == name)
            latest = next((folder for folder in found if folder.is_planned), None)
        if latest is None:
            which = f"no run {run_id}" if run_id else "no run yet"
            raise UsageError(f"The workspace {self.path} has {which}.", "Name another with --workspace.")
        return latest

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Of other storages, each has errors of its own.
            if isinstance(error, OrderliftError) or (self.is_here and not isinstance(error, OSError)):
                raise
            raise UsageError(
                f"The workspace {self.path} cannot be used: {reason(error)}.", "Choose another --workspace."
            ) from error
