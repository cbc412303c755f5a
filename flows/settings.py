"""Settings: what a run can be told, by flag over environment (ORDERLIFT_...) over orderlift.toml; and the API key."""

import os
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from schemas.errors import UsageError
from schemas.wire import DEFAULT_BASE_URL

TOML = "orderlift.toml"
KEY_VARIABLE = "ORDERLIFT_API_KEY"


class Options(BaseModel):
    """The options of run, plan and resume: the same names as flags, in the environment, in TOML and in Prefect's form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company_id: Annotated[int, Field(gt=0)] | None = Field(None, description="rootfi_company_id of every order")
    orders: str | None = Field(None, description="input that holds orders, whatever its columns look like")
    line_items: str | None = Field(None, description="input that holds line items, whatever its columns look like")
    profile: str | None = Field(None, description="TOML file that says which header is which field")
    base_url: str = Field(DEFAULT_BASE_URL, description="address of the orders API")
    sandbox: bool = Field(default=False, description="send to an embedded stand-in of the API instead")
    workspace: Path = Field(Path("workspace"), description="folder of the ledger, plans and results")
    ledger_url: str | None = Field(None, description="SQLAlchemy URL of the ledger (default: SQLite in the workspace)")
    requests_per_minute: int = Field(100, gt=0, description="rate limit of the API key")
    max_orders_per_batch: int = Field(100, gt=0, description="orders in one request")
    max_batch_bytes: int = Field(1_000_000, gt=0, description="bytes of one request")
    max_in_flight: int = Field(8, gt=0, le=256, description="requests under way at once")
    settle_seconds: float = Field(30, ge=0, description="how long an order may take to show in a read-back")
    max_failure_ratio: float = Field(0.2, ge=0, le=1, description="share of rejected orders that stops the run")
    give_up_after: float = Field(600, ge=0, description="seconds without an answer that stop the run")
    timeout_seconds: float = Field(60, gt=0, description="how long to wait for an answer")
    timezone: str | None = Field(None, description="time zone of dates without one (default: the profile's, or UTC)")
    date_format: str | None = Field(
        None, description="strptime layout of dates that are not ISO 8601, such as %d/%m/%Y"
    )
    api_key_file: Path | None = Field(None, description="file that holds the API key")
    api_key_block: str | None = Field(None, description="name of the Prefect Secret block that holds the API key")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            raise ValueError(f"there is no time zone {name}")
        return name


class Settings(Options, BaseSettings):
    """The options with their sources."""

    model_config = SettingsConfigDict(env_prefix="ORDERLIFT_", toml_file=TOML, extra="forbid", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        **_: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flag over environment over file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(**flags: object) -> Options:
    """The options from all sources; flags that are None were not given. Raises UsageError, which never shows a value."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Options.model_validate(Settings.model_validate(given).model_dump())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise UsageError(
            f"The setting {name or '?'} is wrong: {first['msg']}.", "See `orderlift run --help`."
        ) from None
    except ValueError as error:
        raise UsageError(f"{TOML} cannot be read: {error}.") from None


def api_key(options: Options) -> SecretStr:
    """The API key from the environment, a file or a Prefect Secret block; raises UsageError if there is none."""
    if key := os.environ.get(KEY_VARIABLE, "").strip():
        return SecretStr(key)
    if options.api_key_file is not None:
        try:
            return SecretStr(options.api_key_file.read_text().strip())
        except OSError as error:
            raise UsageError(f"The key file {options.api_key_file} cannot be read: {error.strerror}.") from None
    if options.api_key_block is not None:
        return _from_block(options.api_key_block)
    raise UsageError("There is no API key.", f"Set {KEY_VARIABLE}, or --api-key-file FILE; --sandbox needs none.")


def _from_block(name: str) -> SecretStr:
    from prefect.blocks.system import Secret  # noqa: PLC0415 - Prefect takes 2 s to import, and only this needs it

    try:
        return SecretStr(str(Secret.load(name).get()))  # type: ignore[union-attr]
    except ValueError:
        raise UsageError(f"There is no Prefect Secret block named {name}.") from None


def as_planned(planned: dict[str, object], **flags: object) -> Options:
    """The options that a run was planned with, but for the flags that are given now."""
    return load(**{**planned, **{name: value for name, value in flags.items() if value is not None}})
