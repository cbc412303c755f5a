"""The settings as command line options: one definition serves flags, environment, TOML and help."""

import inspect
import os
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from typing import Annotated, Any

import typer

from flows.events import start
from flows.settings import WORKSPACE, LogFormat, Options, as_planned, load

PANEL = "Settings (also ORDERLIFT_... and orderlift.toml)"
Command = Callable[..., None]
RunId = Annotated[str | None, typer.Argument(metavar="[RUN]", help="run_id (default: the latest)", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object last")]
WorkspaceAt = Annotated[str | None, typer.Option(help="folder or URL of the plans and results", show_default=False)]
# Where the traceback of a bug goes: the workspace of the command that runs.
workspace_in_use: ContextVar[str] = ContextVar("workspace_in_use", default=WORKSPACE)


def load_here(**flags: object) -> Options:
    """The settings of this command; from now on it says what it says in the format that they ask for."""
    if LogFormat.JSON in (flags.get("log_format"), os.environ.get("ORDERLIFT_LOG_FORMAT")):
        start()  # also what is wrong with the other settings
    options = load(**flags)
    if options.log_format is LogFormat.JSON:
        start()
    workspace_in_use.set(options.workspace)
    return options


def as_planned_here(settings: dict[str, object], **flags: object) -> Options:
    """The settings that a run was planned with, in the workspace where it was found."""
    return as_planned(settings, **{**flags, "workspace": workspace_in_use.get()})


def with_settings(*, skip: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Give a command that takes **flags an option for each setting; one that is not given arrives as None."""

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command)
        own = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
        added = [_parameter(name) for name in Options.model_fields if name not in skip]
        command.__signature__ = signature.replace(parameters=[*own, *added])  # type: ignore[attr-defined]
        for one in added:
            command.__annotations__[one.name] = one.annotation
        command.__annotations__.pop("flags", None)
        return command

    return decorate


def _parameter(name: str) -> inspect.Parameter:
    field = Options.model_fields[name]
    default = "" if field.default is None or field.default is False else f" (default: {field.default})"
    flag = "--" + name.replace("_", "-")
    kind = _plain(field.annotation)
    kind = str if kind is date else kind  # which typer does not know
    names = (f"{flag}/--no-{flag[2:]}",) if kind is bool else (flag,)
    option: Any = typer.Option(*names, help=f"{field.description}{default}", rich_help_panel=PANEL, show_default=False)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _plain(annotation: Any) -> type:  # noqa: ANN401 - whatever a model may annotate
    """The one type behind `X`, `X | None` or `Annotated[X, ...] | None`."""
    for part in getattr(annotation, "__args__", (annotation,)):
        plain = getattr(part, "__origin__", part)
        if plain is not type(None) and isinstance(plain, type):
            return plain
    raise TypeError(annotation)
