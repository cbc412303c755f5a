"""The settings as command line options: one definition serves flags, environment, TOML and help."""

import inspect
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import typer

from flows.settings import Options

PANEL = "Settings (also ORDERLIFT_... and orderlift.toml)"
Command = Callable[..., None]


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
