"""Settings: what a run can be told, by flag over environment (ORDERLIFT_...) over orderlift.toml; the API key."""

import difflib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_serializer,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from adapters.storage import is_url, place
from flows.hidden import KEY_VARIABLE, NOTIFY_VARIABLE, secret
from schemas.errors import UsageError
from schemas.wire import DEFAULT_BASE_URL
from schemas.zones import TimeZone
from transforms.events import Event

TOML = "orderlift.toml"
WORKSPACE = "workspace"
ASKED_NOW = ("ledger_url", "log_format")  # settings of a run that another command does not take over unseen


def _as_day(given: object) -> object:
    """A day as ISO 8601 writes it; nothing else is guessed to be one."""
    try:
        day = date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise ValueError("a day is written as 2024-01-31") from None
    if isinstance(day, date) and not 1900 <= day.year <= 9998:
        raise ValueError("a day lies in the years 1900 to 9998")
    return day


Day = Annotated[date, BeforeValidator(_as_day), Field(strict=True)]


class TaskRunner(StrEnum):
    """Who plans the partitions of a large input."""

    PROCESSES = "processes"  # of this machine
    DASK = "dask"


class LogFormat(StrEnum):
    """What standard error is written for."""

    TEXT = "text"  # a person
    JSON = "json"  # a program: one object per line


class Options(BaseModel):
    """The options of run, plan and resume; the names are those of the flags, the environment, TOML, Prefect's form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company_id: Annotated[int, Field(gt=0)] | None = Field(None, description="rootfi_company_id of every order")
    orders: str | None = Field(None, description="input that holds orders, whatever its columns look like")
    line_items: str | None = Field(None, description="input that holds line items, whatever its columns look like")
    profile: str | None = Field(
        None, description="how files are read: name of a profile that comes along, or a TOML file"
    )
    base_url: str = Field(DEFAULT_BASE_URL, description="address of the orders API")
    sandbox: bool = Field(default=False, description="send to an embedded stand-in of the API instead")
    workspace: Annotated[str, BeforeValidator(str)] = Field(
        WORKSPACE, description="folder or URL of the plans and results"
    )
    ledger_url: str | None = Field(None, description="SQLAlchemy URL of the ledger (default: SQLite in the workspace)")
    requests_per_minute: int = Field(100, gt=0, description="rate limit of the API key")
    max_orders_per_batch: int = Field(100, gt=0, description="orders in one request")
    max_batch_bytes: int = Field(1_000_000, gt=0, description="bytes of one request")
    max_in_flight: int = Field(8, gt=0, le=256, description="requests under way at once")
    settle_seconds: float = Field(
        30, ge=0, description="time after its last attempt until an order that is not listed counts as not created"
    )
    max_failure_ratio: float = Field(0.2, ge=0, le=1, description="share of rejected orders that stops the run")
    give_up_after: float = Field(600, ge=0, description="seconds without an answer that stop the run")
    timeout_seconds: float = Field(60, gt=0, description="how long to wait for an answer")
    grace_seconds: float = Field(20, ge=0, description="how long an interrupted run waits for what is in flight")
    partition_rows: int = Field(
        1_000_000, gt=0, description="line items that are planned at once; larger inputs are cut up on the disk first"
    )
    canary: int = Field(0, ge=0, description="send so many orders first, and stop unless all of them are created")
    skip_existing: bool = Field(default=False, description="read the platform's orders first; send none that is there")
    redact: bool = Field(default=False, description="keep values of cells out of problems, rejects and results")
    timezone: TimeZone | None = Field(
        None, description="zone of dates without one (default: that of the profile, or UTC)"
    )
    date_format: str | None = Field(
        None, description="strptime layout of dates that are not ISO 8601, such as %d/%m/%Y"
    )
    since: Day | None = Field(None, description="leave out orders dated before this day, such as 2024-01-31")
    until: Day | None = Field(None, description="leave out orders dated after this day")
    task_runner: TaskRunner = Field(
        TaskRunner.PROCESSES, description="who plans the partitions: processes of this machine, or a dask cluster"
    )
    dask_address: str | None = Field(
        None, description="address of the Dask scheduler, such as tcp://HOST:8786 (default: a cluster of this machine)"
    )
    log_format: LogFormat = Field(
        LogFormat.TEXT, description="what standard error is for: text, or json with one object per line"
    )
    api_key_file: Path | None = Field(None, description="file that holds the API key")
    api_key_block: str | None = Field(None, description="name of the Prefect Secret block that holds the API key")
    notify_file: Path | None = Field(None, description="file of apprise URLs, one a line, of who is told of an end")
    notify_block: str | None = Field(None, description="Prefect notification block to tell: TYPE/NAME")
    notify_on: str = Field("stopped,doubt,problems,completed", description="which ends are told")
    notify_problems_above: float = Field(
        0, ge=0, description="number of orders, or below 1 share of them, that are bad without being told as problems"
    )

    @field_validator("until")
    @classmethod
    def _not_before_since(cls, until: date | None, info: ValidationInfo) -> date | None:
        since = info.data.get("since")
        if until is not None and since is not None and until < since:
            raise ValueError(f"{until} is before since, which is {since}")
        return until

    @field_validator("base_url")
    @classmethod
    def _safe_address(cls, url: str) -> str:
        """One spelling of an address, since orders are known by it."""
        if url == DEFAULT_BASE_URL:
            return url
        from adapters.api import checked_base_url  # noqa: PLC0415 - httpx is slow to import

        return str(checked_base_url(url))

    @field_validator("workspace")
    @classmethod
    def _without_secrets(cls, url: str) -> str:
        """As run.json and Prefect keep it; raises UsageError."""
        if is_url(url):
            place(url)
        return url

    @field_validator("ledger_url")
    @classmethod
    def _known_database(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("it must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE")
        return url

    @field_validator("notify_on")
    @classmethod
    def _known_events(cls, words: str) -> str:
        if unknown := {word.strip() for word in words.split(",") if word.strip()} - set(Event):
            raise ValueError(f"{min(unknown)} is none of {', '.join(Event)}")
        return words

    @field_serializer("ledger_url", when_used="json")
    def _without_password(self, url: str | None) -> str | None:
        """As run.json and Prefect keep it."""
        return without_password(url)

    @property
    def events(self) -> frozenset[Event]:
        """Which ends of a run are told."""
        return frozenset(Event(word.strip()) for word in self.notify_on.split(",") if word.strip())

    @property
    def here(self) -> Path:
        """The folder for what stays on this machine: the workspace, or its usual place where that is at a URL."""
        return folder_here(self.workspace)


class Settings(Options, BaseSettings):
    """The options with their sources."""

    model_config = SettingsConfigDict(
        env_prefix="ORDERLIFT_", env_ignore_empty=True, toml_file=TOML, extra="forbid", frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flag over environment over file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def folder_here(workspace: str) -> Path:
    """The folder of this machine for what concerns only this machine: the workspace, unless that is at a URL."""
    return Path(WORKSPACE if is_url(workspace) else workspace)


def load(**flags: object) -> Options:
    """The options from all sources; flags that are None were not given. Raises UsageError, which shows no secret."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Options.model_validate(Settings.model_validate(given).model_dump())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _wrong(".".join(map(str, first["loc"])), first["type"], first["msg"]) from None
    except OSError as error:
        raise UsageError(f"{TOML} cannot be read: {error.strerror}.", "Check that you may read it.") from None


def as_planned(planned: Mapping[str, object], **flags: object) -> Options:
    """The options that a run was planned with, but for the flags that are given now.

    Raises UsageError for another ledger: what the run has sent would not be known there.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    options = load(**{name: value for name, value in planned.items() if name not in ASKED_NOW} | given)
    ledger_url = planned.get("ledger_url")
    if options.ledger_url is None and ledger_url is not None:
        return options.model_copy(update={"ledger_url": ledger_url})
    if without_password(options.ledger_url) != ledger_url:
        raise UsageError(
            "The run was planned with another ledger.", f"Give it as --ledger-url: {ledger_url or 'none'}."
        )
    return options


def without_password(url: str | None) -> str | None:
    """A ledger's URL without its secrets; what is no URL is not shown at all."""
    if url is None:
        return None
    from sqlalchemy import make_url  # noqa: PLC0415 - slow to import
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        parsed = make_url(url)._replace(password=None)
    except ArgumentError:
        return None
    return parsed.difference_update_query(["password", "sslpassword"]).render_as_string(hide_password=False)


def api_key(options: Options) -> SecretStr:
    """The API key from the environment, a file or a Prefect Secret block; raises UsageError if there is none."""
    if key := secret(KEY_VARIABLE):
        return SecretStr(key)
    if options.api_key_file is not None:
        return _from_file(options.api_key_file)
    if options.api_key_block is not None:
        return _from_block(options.api_key_block)
    raise UsageError("There is no API key.", f"Set {KEY_VARIABLE}, or --api-key-file FILE; --sandbox needs none.")


def _from_file(path: Path) -> SecretStr:
    try:
        return SecretStr(path.read_text().strip())
    except OSError as error:
        raise UsageError(f"The key file {path} cannot be read: {error.strerror}.", "Name another file.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The key file {path} is not text.", "It holds the key and nothing else.") from None


def _from_block(name: str) -> SecretStr:
    from prefect.blocks.system import Secret  # noqa: PLC0415 - Prefect takes 2 s to import, and only this needs it

    try:
        return SecretStr(str(Secret.load(name).get()))  # type: ignore[union-attr]
    except ValueError:
        raise UsageError(f"There is no Prefect Secret block named {name}.", "Create it in Prefect's UI.") from None


def _wrong(name: str, kind: str, why: str) -> UsageError:
    why = why.removeprefix("Value error, ")
    if not name:
        return UsageError(f"{TOML} cannot be read: {why}.", "It has lines such as: company_id = 1089")
    if kind != "extra_forbidden":
        return UsageError(f"The setting {name} is wrong: {why}.", "See `orderlift run --help`.")
    if name.casefold().replace("-", "_") in ("api_key", "key", "apikey"):
        return UsageError(f"An API key does not belong into {TOML}.", f"Set {KEY_VARIABLE}, or --api-key-file FILE.")
    if name == "notify_urls":
        return UsageError(
            f"Receivers do not belong into {TOML}: their URLs hold tokens.",
            f"Set {NOTIFY_VARIABLE}, or notify_file to a file that has them.",
        )
    near = difflib.get_close_matches(name, Options.model_fields, n=1) or list(Options.model_fields)
    return UsageError(f"{TOML} has the unknown key {name}.", f"Closest: {', '.join(near)}.")
