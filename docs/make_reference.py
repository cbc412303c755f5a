"""Print docs/reference.md: every command, option and setting, from the code itself. A test holds the document to it."""

import enum
from collections.abc import Iterable, Iterator
from textwrap import fill
from typing import Any

import typer

from flows.cli import app
from flows.cli_options import PANEL
from flows.settings import Options
from schemas.profile import Profile

HEAD = """# Commands and settings

Made by `make reference` from the code. What the commands do together stands in the [README](../README.md).

## Settings
Each is a flag of the commands that it concerns, an environment variable and a key of `orderlift.toml`, in that order;
in Prefect a field of `options`. Secrets are no settings: the API key comes from `ORDERLIFT_API_KEY`, `api_key_file` or
`api_key_block`, receivers of notifications from `ORDERLIFT_NOTIFY_URLS`, `notify_file` or `notify_block`.
"""


def main() -> None:
    """Print the document."""
    print(HEAD)
    print(table(["key of orderlift.toml", "environment variable", "default", "meaning"], settings()))
    print("\n## Commands")
    for path, command in commands("orderlift", typer.main.get_command(app)):
        print(f"\n### `{path}`\n{command.help}\n\n```\n{usage(path, command)}\n```")
        own = [row(one) for one in command.params if one.param_type_name == "option" and not is_setting(one)]
        if own:
            print("\n" + table(["option", "meaning"], own))
        taken = [one.opts[0] for one in command.params if is_setting(one)]
        if taken:
            print(f"\nSettings: {', '.join(f'`{flag}`' for flag in taken)}.")
    print("\n## Profiles\nThe keys of a profile (`--profile FILE`); [profiles.md](profiles.md) tells what they mean.\n")
    print(fill(", ".join(f"`{key}`" for key in Profile.model_fields) + ".", 120))


def settings() -> Iterator[list[str]]:
    """A row for each setting."""
    for name, field in Options.model_fields.items():
        default = field.default.value if isinstance(field.default, enum.Enum) else field.default
        shown = "" if default is None else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        yield [f"`{name}`", f"`ORDERLIFT_{name.upper()}`", shown, field.description or ""]


def commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command, those of groups too, with what is typed for it."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, one in command.commands.items():
        yield from commands(f"{path} {name}", one)


def usage(path: str, command: Any) -> str:
    """The line that a person types."""
    pieces = command.collect_usage_pieces(command.make_context(path, [], resilient_parsing=True))
    return " ".join([path, *pieces])


def is_setting(one: Any) -> bool:
    """Whether an option is a setting."""
    return getattr(one, "rich_help_panel", None) == PANEL


def row(option: Any) -> list[str]:
    """An option of a command alone."""
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return [names, option.help or ""]


def table(header: list[str], rows: Iterable[list[str]]) -> str:
    """Rows as Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    main()
