"""Columns: show how a file is understood, and write a profile to change that."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from adapters.inputs import find_inputs, read_tables
from adapters.profiles import write_text
from flows.intake import fixed_of, profile_of, read_options
from flows.settings import Options
from schemas.fields import FIELDS, Entity
from schemas.mapping import ColumnMap
from schemas.rejects import PROBLEM_COLUMN
from transforms.columns import match, missing
from transforms.profiles import profile_text


def show_columns(file: str, options: Options, write: Path | None) -> None:
    """Print the mapping of every table of a file, and `write` it as a profile; raises InputError, ProfileError."""
    profile = profile_of(options)
    fixed = fixed_of(options, profile)
    console = Console(highlight=False)
    mappings = []
    for one in find_inputs([file]):
        for table in read_tables(one, read_options(profile)):
            headers = [str(header) for header in table.cells.columns if header != PROBLEM_COLUMN]
            mapping = match(table.place, headers, profile, fixed)
            console.print(f"[bold]{table.place}[/bold]: {len(table.cells):,} rows", end=" ")
            if mapping is None:
                console.print("that are neither orders nor line items by their columns; all fields are shown")
                mapping = match(table.place, headers, profile, fixed, frozenset(Entity))
            else:
                console.print("of " + " and ".join(entity.value.replace("_", " ") + "s" for entity in mapping.fields))
            if mapping is not None:
                console.print(_table(mapping, fixed))
                mappings.append(mapping)
    if write is not None:
        write_text(write, profile_text(mappings, fixed))
        console.print(f"Wrote {write}: edit it, then use it with --profile {write}")


def _table(mapping: ColumnMap, fixed: dict[str, object]) -> Table:
    table = Table("field", "column of the file", "")
    for entity, fields in mapping.fields.items():
        lacking = missing(entity, mapping, fixed)
        for name, field in FIELDS[entity].items():
            value = fixed.get(field.qualified, fixed.get(name))
            if name in fields:
                table.add_row(field.qualified, fields[name], "")
            elif value is not None:
                table.add_row(field.qualified, f"always {value}", "")
            elif name in lacking:
                table.add_row(field.qualified, "", "[red]missing[/red]")
    for header in mapping.unused:
        table.add_row("", header, "not sent")
    return table
