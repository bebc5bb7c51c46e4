"""`tocsin run`: everything on one machine, from the broker to the alerts on the screen."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pipeline import log, settings
from pipeline.adapters import broker, file_lock, topics
from pipeline.adapters.database import alerts, open_database, upgrade
from pipeline.adapters.feed_store import FeedStore
from pipeline.adapters.supervisor import Program, Supervisor, agent_program
from pipeline.cli import control, feeds, processes
from pipeline.errors import TransientError, UnavailableError, UsageError
from pipeline.settings import Settings
from pipeline.web.view import steps
from topics.spec import Lane

_REPOSITORY = Path(__file__).resolve().parents[2]
_NEWSROOM_PORT = 8360
# In the demo's folder: who has made that his data folder, to look at it, means the same demo by `tocsin run`.
_MARK = ".demo"
_NEWSROOM_WITHIN_S = 30.0
_KAFKA_AGAIN_AFTER_S = 10.0
# They read what the others wrote, and would only make the first alert later.
_LOOKERS_ON_AFTER_S = 6.0
# A newsroom on this machine may be asked far more often than a stranger's site.
_DEMO = {
    "TOCSIN_FETCH__ALLOW_PRIVATE_ADDRESSES": "true",
    "TOCSIN_FETCH__HOST_SPACING": "0.05",
    "TOCSIN_DELIVER__ALLOW_PRIVATE_ADDRESSES": "true",
    "TOCSIN_POLL__INTERVAL_FLOOR": "1",
    "TOCSIN_POLL__INTERVAL_CEILING": "4",
}
_console = Console(highlight=False)
_waiting = Event()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    feeds_file: Annotated[
        Path | None, typer.Option("--feeds", help="OPML or YAML; the demo newsroom's when left out.")
    ] = None,
    watches_file: Annotated[
        Path | None, typer.Option("--watches", help="YAML with channels, actors and watches.")
    ] = None,
) -> None:
    """Run Kafka, the pipeline and the page until ctrl-C, and show alerts as they are raised.

    Without --feeds and --watches a demo newsroom publishes live, from nothing every time: its folder is emptied.
    """
    started = monotonic()
    is_demo = feeds_file is None and watches_file is None
    _require_readable(feeds_file, watches_file)
    folder = settings.load().data_folder
    if is_demo and (folder / _MARK).exists():
        folder = folder.parent
    with _alone(folder, "demo.lock" if is_demo else "run.lock"):
        if is_demo:
            _prepare_demo(folder)
        _run(feeds_file, watches_file, started=started)


def _run(feeds_file: Path | None, watches_file: Path | None, *, started: float) -> None:
    is_demo = feeds_file is None and watches_file is None
    loaded = settings.load()
    log.configure(level="error", process="run")
    with kafka(loaded) as keep_kafka:
        _step("topics and database", lambda: _lay_out(loaded))
        programs = _programs(loaded, is_demo=is_demo)
        supervisor = Supervisor(programs)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: supervisor.stop())
        introduce = _Introduction(loaded, feeds_file, watches_file, is_demo=is_demo)
        stream = _Stream(loaded, started)

        def meanwhile() -> None:
            keep_kafka()
            if introduce.done():
                stream.show()

        code = supervisor.run(meanwhile=meanwhile)
        _console.print("[dim]stopping…[/]" if code == 0 else "[red]stopping: a process could not go on[/]")
    if code != 0:
        raise typer.Exit(code)


def _require_readable(feeds_file: Path | None, watches_file: Path | None) -> None:
    """UsageError before anything is started or written, where a file cannot be used."""
    if watches_file is not None:
        control.read_file(watches_file)
    if feeds_file is not None:
        feeds.read_file(feeds_file)


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Hold the folder: a second run in it would stop this one's Kafka, and the demo's empty its folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock.held(folder / name, is_waiting=False) as is_held:
            if not is_held:
                raise UsageError(
                    f"`tocsin run` is at work in {folder} already; "
                    "end it first, or name another folder in TOCSIN_DATA_FOLDER"
                )
            yield
    except OSError as error:
        if error.filename not in (str(folder), str(folder / name)):
            raise
        raise UsageError(f"{error.filename}: {error.strerror} (TOCSIN_DATA_FOLDER)") from error


def _prepare_demo(folder: Path) -> None:
    """A folder of the demo's own in that one, emptied: with yesterday's pages known, nothing would be news."""
    for name, value in _DEMO.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("TOCSIN_KAFKA__EMBEDDED_JARS", str((folder / "kafka" / "jars").absolute()))
    os.environ["TOCSIN_DATA_FOLDER"] = str(folder / "demo")
    loaded = settings.load()
    if loaded.kafka.bootstrap:
        # On a broker of the user's own the demo must not touch what is there.
        os.environ["TOCSIN_KAFKA__PREFIX"] = f"{loaded.kafka.prefix}demo-{os.getpid()}-"
    else:
        broker.stop(loaded)
    shutil.rmtree(loaded.data_folder, ignore_errors=True)
    loaded.data_folder.mkdir(parents=True)
    (loaded.data_folder / _MARK).touch()


@contextmanager
def kafka(loaded: Settings) -> Iterator[Callable[[], None]]:
    """The embedded broker, unless the user has named another; gives what starts it again if it has ended."""
    if loaded.kafka.bootstrap:
        _console.print(f"[green]✓[/] Kafka at {loaded.bootstrap} (yours)")
        yield lambda: None
        return
    what = f"Kafka at {loaded.bootstrap}"
    _step(what, lambda: broker.start(loaded, say=_say))
    look_at = 0.0

    def keep() -> None:
        nonlocal look_at
        if monotonic() < look_at or broker.is_whole(loaded):
            return
        _console.print("[red]Kafka has ended: starting it again[/]; nothing is lost, alerts wait for it")
        try:
            _step(what, lambda: broker.start(loaded, say=_say))
        except UnavailableError as error:
            _console.print(Text(f"{error}; trying again in {_KAFKA_AGAIN_AFTER_S:.0f} s", "red"))
            look_at = monotonic() + _KAFKA_AGAIN_AFTER_S

    try:
        yield keep
    finally:
        broker.stop(loaded)
        _console.print("[dim]stopped[/]")


def _lay_out(loaded: Settings) -> None:
    topics.apply(loaded)
    topics.require(loaded)
    upgrade(loaded)


def _programs(loaded: Settings, *, is_demo: bool) -> list[Program]:
    logs = loaded.data_folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)

    def program(name: str, *arguments: str, begins_after_s: float = 0.0) -> Program:
        command = (sys.executable, "-m", *arguments)
        return Program(name=name, arguments=command, log_file=logs / f"{name}.log", begins_after_s=begins_after_s)

    lookers_on = ["ledger", "lag", *(["archive"] if loaded.archive.url else [])]
    programs = [
        program("poll", "pipeline", "poll"),
        # What `tocsin work` would start, without waiting for it.
        *(agent_program(name, Lane.LIVE, log_file=logs / f"{name}.log") for name in processes.AGENTS),
        *(program(name, "pipeline", name) for name in ("deliver", "serve")),
        *(program(name, "pipeline", name, begins_after_s=_LOOKERS_ON_AFTER_S) for name in lookers_on),
    ]
    if is_demo:
        os.environ["PYTHONPATH"] = str(_REPOSITORY)
        programs.insert(0, program("newsroom", "examples.newsroom", "--write", str(loaded.data_folder)))
    return programs


class _Introduction:
    """Imports feeds and watches once the newsroom has written them; the user's own at once."""

    def __init__(self, loaded: Settings, feeds_file: Path | None, watches_file: Path | None, *, is_demo: bool) -> None:
        self._loaded = loaded
        self._feeds = loaded.data_folder / "feeds.opml" if is_demo else feeds_file
        self._watches = loaded.data_folder / "watches.yaml" if is_demo else watches_file
        self._is_demo = is_demo
        self._is_done = False
        self._until = monotonic() + _NEWSROOM_WITHIN_S
        if not is_demo:
            self._import()

    def done(self) -> bool:
        """True once everything is imported. UnavailableError when the newsroom does not come up."""
        if self._is_done:
            return True
        # Written last, by a newsroom that serves already.
        if self._watches is not None and self._watches.exists():
            _console.print(f"[green]✓[/] demo newsroom at http://127.0.0.1:{_NEWSROOM_PORT}/")
            self._import()
        elif monotonic() > self._until:
            raise UnavailableError(f"the demo newsroom did not start: see {self._loaded.data_folder}/logs/newsroom.log")
        return self._is_done

    def _import(self) -> None:
        if self._watches is not None:
            for days, watch_ids in control.import_file(self._watches).items():
                self._backfill(watch_ids, days)
        if self._feeds is not None:
            feeds.import_(self._feeds)
        self._is_done = True
        with FeedStore(self._loaded) as store:
            count = len(store.all())
        _console.print(f"[green]✓[/] {count} feeds are polled; logs in {self._loaded.data_folder}/logs")
        web = self._loaded.web
        _console.print(f"[green]✓[/] page at [bold]http://{web.host}:{web.port}/[/]; ctrl-C stops everything\n")

    def _backfill(self, watch_ids: list[str], days: int) -> None:
        """In a process of its own: it may take minutes, and is gone when it is done."""
        arguments = ["watch", "backfill", *watch_ids, "--all-new", "--days", str(days)]
        with (self._loaded.data_folder / "logs" / "backfill.log").open("ab") as output:
            subprocess.Popen([sys.executable, "-m", "pipeline", *arguments], stdout=output, stderr=output)


class _Stream:
    """Alerts on the terminal, as they are raised."""

    def __init__(self, loaded: Settings, started: float) -> None:
        self._database = open_database(loaded)
        with self._database.read() as connection:
            self._last = alerts.last_sequence(connection)
        self._started: float | None = started

    def show(self) -> None:
        """Print what was raised since."""
        try:
            with self._database.read() as connection:
                new = alerts.after(connection, self._last)
        except TransientError:
            return
        if new and self._started is not None:
            _console.print(f"[dim]first alert {monotonic() - self._started:.1f} s after the start[/]")
            self._started = None
        for stored in new:
            self._last = stored.sequence
            show(stored, _console)


def show(stored: alerts.StoredAlert, console: Console) -> None:
    """Three lines, as wide as the terminal; of the last nothing is cut, so that address and id can be taken from it."""
    match = stored.alert.match
    head = Text(f"{stored.alert.raised_at:%H:%M:%S} ", "dim")
    head.append(match.watch_name, "not dim bold red")
    head.append(f"  {match.title}", "not dim bold")
    head.append(f"  {match.site_name or ''} ({match.language or '?'})", "dim")
    took = steps(stored.alert)
    why = Text("         ")
    if took:
        why.append(f"{took[-1][1]:.2f} s after it was seen; ", "dim")
    words = dict.fromkeys(f"{hit.clause} found as “{hit.words}”" for hit in match.hits)
    why.append(f"why: {'; '.join(list(words)[:3])}")
    for line in (head, why):
        console.print(line, no_wrap=True, overflow="ellipsis" if console.is_terminal else "ignore", crop=False)
    console.print(Text(f"         {match.url}  {stored.alert.alert_id[:12]}", "dim"), soft_wrap=True)


def _step(what: str, work: Callable[[], object]) -> None:
    started = monotonic()
    work()
    _console.print(f"[green]✓[/] {what} [dim]({monotonic() - started:.1f} s)[/]")


def _say(line: str) -> None:
    _console.print(Text(f"  {line}", "dim"))
