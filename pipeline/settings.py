"""The settings: read once from `TOCSIN_` variables and an optional YAML file, refused at start when unusable.

Nested values use two underscores: `TOCSIN_KAFKA__BOOTSTRAP`. `TOCSIN_CONFIG` names the file; variables win over it.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.errors import UsageError

_PREFIX = "TOCSIN_"


def _seconds(value: object) -> object:
    """A plain number in a variable as seconds; anything else as it is."""
    try:
        return timedelta(seconds=float(value)) if isinstance(value, str) else value
    except (ValueError, OverflowError):
        return value


Duration = Annotated[timedelta, BeforeValidator(_seconds), Field(ge=timedelta(0))]
"""Seconds, a clock time (`0:01:30`) or ISO 8601 (`PT1M30S`)."""

_NOT_SETTINGS = {"TOCSIN_CONFIG"}


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class KafkaSettings(_Section):
    """The broker, for both clients."""

    bootstrap: str = ""
    """host:port, comma-separated; empty means the embedded broker."""
    prefix: str = Field("", pattern=r"^[a-z0-9-]*$")
    """Put before every topic and group name, so that several Tocsins can share a cluster."""
    replication_factor: int = Field(1, ge=1, le=9)
    """Copies of every topic; from 3 on, two must be written before a record counts as acknowledged."""
    partitions: int = Field(0, ge=0, le=1000)
    """Partitions of every topic that is declared with more than one; 0 takes what is declared."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How clients speak to the broker."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    """With a SASL protocol: how clients log in."""
    sasl_username: str | None = None
    """With a SASL protocol: the user."""
    sasl_password: SecretStr | None = None
    """With a SASL protocol: the password."""
    ssl_cafile: Path | None = None
    """With an SSL protocol: certificates of the authorities to trust; unset means the system's."""
    ssl_certfile: Path | None = None
    """With an SSL protocol: the client's certificate, where the broker asks for one."""
    ssl_keyfile: Path | None = None
    """The key of that certificate."""
    embedded_port: int = Field(9092, ge=1, le=65_000)
    """Port of the embedded broker's first node; further nodes and controllers take the ports after it."""
    embedded_nodes: Annotated[Literal[1, 3], BeforeValidator(int)] = 1
    """Nodes of the embedded broker: 1, or 3 to try faults."""
    embedded_heap_megabytes: int = Field(224, ge=128, le=8192)
    """Java heap of each node."""
    embedded_jars: Path | None = None
    """Where Kafka's jars are kept; None means in the data folder."""


class FetchSettings(_Section):
    """Manners and limits of everything fetched from outside."""

    user_agent: str = "Tocsin/0.1 (media monitoring; set TOCSIN_FETCH__USER_AGENT to name a contact)"
    """What Tocsin calls itself; robots.txt is read for its first word."""
    allow_private_addresses: bool = False
    """Let feeds and pages come from loopback, private and link-local addresses."""
    timeout: Duration = timedelta(seconds=30)
    """The longest one request may take, redirects included."""
    max_body_bytes: int = Field(5 << 20, ge=1024)
    """The largest body, after decompression."""
    max_decompression_ratio: int = Field(100, ge=2)
    """How many times its size on the wire a body may grow."""
    max_redirects: int = Field(5, ge=0)
    """How many redirects are followed."""
    host_spacing: Duration = timedelta(seconds=1)
    """Least time between two requests to one host."""
    host_concurrency: int = Field(2, ge=1)
    """Requests to one host at a time."""
    concurrency: int = Field(64, ge=1)
    """Requests of one poller at a time."""


class PollSettings(_Section):
    """When feeds are asked."""

    interval_floor: Duration = timedelta(minutes=2)
    """No feed is asked more often."""
    interval_ceiling: Duration = timedelta(hours=4)
    """No feed is asked less often, failing ones included."""
    max_entry_age: Duration = timedelta(days=7)
    """Entries older than this are recorded, not fetched."""
    max_page_attempts: int = Field(6, ge=1)
    """Tries at a page that fails in a way that may pass, before it is recorded as not to be had."""
    max_pending_entries: int = Field(2000, ge=1)
    """Entries of one feed waiting for their page; more are taken at later polls."""
    max_seen_entries: int = Field(5000, ge=100)
    """Entries of one feed that are remembered as done."""


class WorkSettings(_Section):
    """The agents' runtime."""

    in_flight: int = Field(16, ge=1, le=512)
    """Records handled at once by one agent process."""
    pool_processes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """Children that clean pages, for each clean worker."""
    page_deadline: Duration = timedelta(seconds=10)
    """The longest one page may be cleaned; its child is ended then and the page dead-lettered."""
    child_memory_megabytes: int = Field(2048, ge=256)
    """Memory one cleaning child may take."""
    pages_per_child: int = Field(5000, ge=1)
    """Pages after which a child is replaced."""
    reject_window: int = Field(200, ge=10)
    """The last records over which the share of rejects is taken."""
    reject_share: float = Field(0.5, gt=0, le=1)
    """A worker stops, committing nothing, when this share of its window was rejected."""
    stall_after: Duration = timedelta(seconds=120)
    """A partition stands for so long while records wait: the worker writes its stacks and ends, to be restarted."""


class DeliverSettings(_Section):
    """Folding and sending."""

    story_window: Duration = timedelta(hours=72)
    """A page that changes within this time of its alert raises no second one; copies of its text never do."""
    allow_private_addresses: bool = False
    """Let webhooks go to loopback, private and link-local addresses."""
    timeout: Duration = timedelta(seconds=20)
    """The longest a channel may take to accept an alert."""
    concurrency: int = Field(16, ge=1)
    """Deliveries under way at a time."""
    give_up_after: Duration = timedelta(days=5)
    """A delivery that has failed for so long is given up."""


class ArchiveSettings(_Section):
    """Where raw pages are kept beyond what their topic keeps."""

    url: str = ""
    """A folder, or `s3://bucket/path` (pip install tocsin[s3]); empty keeps no archive."""
    endpoint: str = ""
    """Address of an S3-compatible store that is not Amazon's; keys come from AWS's own variables and files."""
    segment_bytes: int = Field(64 << 20, ge=1 << 10, le=1 << 30)
    """A file is completed when it has grown so large."""
    segment_age: Duration = timedelta(minutes=15)
    """A file is completed when it is so old: what a killed archiver has to read again."""


class ReplaySettings(_Section):
    """Running history through the stages again."""

    niceness: int = Field(19, ge=0, le=19)
    """How far workers of the replay lane stand back from everything else on their machine."""
    pause_above_lag: Duration = timedelta(seconds=10)
    """A run feeds nothing while a live stage is behind by more than this."""
    ahead: int = Field(500, ge=1)
    """Records fed to the replay lane that its first stage has not handled yet, at most: a pause takes hold so soon."""
    page_deadline: Duration = timedelta(seconds=60)
    """The longest one replayed page may be cleaned; workers that stand back need more time on the clock."""


class LedgerSettings(_Section):
    """The index of how everything ended, and what is judged by it."""

    keep: Duration = Field(timedelta(days=45), ge=timedelta(days=1))
    """Outcomes, addresses and closed dead letters older than this are removed; explain and audit do not know them."""
    keep_alerts: Duration = Field(timedelta(days=400), ge=timedelta(days=60))
    """Alerts without news for so long are removed, with deliveries and runs. Not below what topics can bring again."""
    grace: Duration = timedelta(minutes=10)
    """A page that has not ended at a stage after this time is missing, not under way."""
    quiet_floor: Duration = timedelta(hours=6)
    """No feed is called quiet sooner, however much it usually brings."""
    failing_after: Duration = timedelta(days=1)
    """A feed that has failed for so long is called failing."""


class WebSettings(_Section):
    """The page and API."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = Field(8350, ge=0, le=65_535)
    """The port to listen on."""


class MetricsSettings(_Section):
    """The Prometheus exporter of each process."""

    host: str = "127.0.0.1"
    """The address exporters listen on."""
    port: int = Field(9350, ge=0, le=65_500)
    """The first process's port; each kind of process has a fixed place after it. 0 turns exporters off."""


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
        use_attribute_docstrings=True,
    )

    data_folder: Path = Path(".tocsin")
    """Broker data, database, logs and process ids of this installation."""
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in the data folder."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least a message must matter to be written."""
    kafka: KafkaSettings = KafkaSettings()
    fetch: FetchSettings = FetchSettings()
    poll: PollSettings = PollSettings()
    work: WorkSettings = Field(default_factory=WorkSettings)
    deliver: DeliverSettings = DeliverSettings()
    archive: ArchiveSettings = ArchiveSettings()
    replay: ReplaySettings = ReplaySettings()
    ledger: LedgerSettings = LedgerSettings()
    web: WebSettings = WebSettings()
    metrics: MetricsSettings = MetricsSettings()

    @property
    def bootstrap(self) -> str:
        """The broker's address, the embedded one's where none was given."""
        ports = range(self.kafka.embedded_port, self.kafka.embedded_port + self.kafka.embedded_nodes)
        return self.kafka.bootstrap or ",".join(f"127.0.0.1:{port}" for port in ports)

    @property
    def database(self) -> str:
        """The control database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data_folder.absolute() / 'tocsin.sqlite3'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Variables first, then the file."""
        return (env_settings, init_settings)


def load() -> Settings:
    """The settings in force. UsageError names the variable or the file's key that cannot be used."""
    _refuse_unknown_variables()
    values = _read_file()
    try:
        return Settings(**values)  # type: ignore[arg-type]  # checked by the model
    except ValidationError as error:
        raise UsageError("; ".join(_explain(dict(item)) for item in error.errors())) from error


def _refuse_unknown_variables() -> None:
    for name in sorted(os.environ):
        if not name.startswith(_PREFIX) or name in _NOT_SETTINGS:
            continue
        section, _, rest = name.removeprefix(_PREFIX).lower().partition("__")
        field = Settings.model_fields.get(section)
        if field is None or (rest and not _has_field(field.annotation, rest)):
            raise UsageError(f"{name}: there is no such setting")


def _has_field(section: object, name: str) -> bool:
    return isinstance(section, type) and issubclass(section, BaseModel) and name in section.model_fields


def _read_file() -> dict[str, object]:
    name = os.environ.get("TOCSIN_CONFIG")
    if name is None:
        return {}
    try:
        values = yaml.safe_load(Path(name).read_text("utf-8"))
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        raise UsageError(f"TOCSIN_CONFIG: {name}{line}: not YAML: {error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"TOCSIN_CONFIG: {name}: {' '.join(str(error).split())}") from error
    if values is not None and not isinstance(values, dict):
        raise UsageError(f"TOCSIN_CONFIG: {name}: a mapping of settings is expected")
    return values or {}


def _explain(error: dict[str, object]) -> str:
    location = error["loc"]
    path = [str(part) for part in location] if isinstance(location, tuple) else []
    variable = _PREFIX + "__".join(path).upper()
    where = variable if variable in os.environ else f"TOCSIN_CONFIG: {'.'.join(path)} ({variable})"
    return f"{where}: {error['msg']}"


def describe() -> list[tuple[str, str, str]]:
    """Variable, default and meaning of every setting, in their order."""
    rows: list[tuple[str, str, str]] = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            defaults = field.get_default(call_default_factory=True)
            inner_fields = section.model_fields.items()
            rows += [_row(f"{name}__{inner}", getattr(defaults, inner), one.description) for inner, one in inner_fields]
        else:
            rows.append(_row(name, field.default, field.description))
    return rows


def _row(name: str, default: object, description: str | None) -> tuple[str, str, str]:
    shown = _duration(default) if isinstance(default, timedelta) else "" if default is None else str(default)
    return _PREFIX + name.upper(), shown, " ".join((description or "").split())


def _duration(value: timedelta) -> str:
    """A duration in the largest unit that it is a whole number of."""
    for name, unit in (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1))):
        if value >= unit and value % unit == timedelta(0):
            count = value // unit
            return f"{count} {name}" if count != 1 else f"1 {name.removesuffix('s')}"
    return f"{value.total_seconds():g} s"
