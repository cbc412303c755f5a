"""Lookups: the tables by which a profile translates values."""

import pyarrow as pa

from adapters.inputs import find_inputs, read_grids
from schemas.errors import ProfileError
from schemas.profile import Lookup, Profile
from schemas.tables import Layout, ReadOptions, SourceTable
from transforms.cells import to_text
from transforms.columns import spell
from transforms.locate import locate
from transforms.lookups import Translation, translation


def read_lookups(profile: Profile) -> dict[str, Translation]:
    """The tables by which a profile translates values, by the name of their field; raises InputError, ProfileError."""
    translations = {}
    for name, lookup in profile.lookup.items():
        tables = _lookup_tables(lookup)
        columns = [[_column(table, header) for header in (lookup.from_, lookup.to)] for table in tables]
        pairs = [pair for pair in columns if None not in pair]
        if len(pairs) != 1:
            have = "; ".join(", ".join(map(str, table.cells.columns)) for table in tables)
            raise ProfileError(
                f'The lookup for {name} needs one table in {lookup.file} with the columns "{lookup.from_}" and '
                f'"{lookup.to}"; it has: {have}.',
                "Correct `from` and `to` in the profile.",
            )
        keys, values = pairs[0]
        translations[name] = translation(lookup.file, keys, values, ignore_case=lookup.ignore_case)
    return translations


def _lookup_tables(lookup: Lookup) -> list[SourceTable]:
    named = {spell(lookup.from_), spell(lookup.to)}
    [file] = find_inputs([lookup.file])
    grids = (grid for grid in read_grids(file, ReadOptions()) if not grid.is_hidden)
    found = (locate(grid, Layout(), lambda header: spell(header) in named) for grid in grids)
    return [table for table in found if table is not None]


def _column(table: SourceTable, header: str) -> pa.ChunkedArray | None:
    """The text of a lookup's column."""
    match = [one for one in map(str, table.cells.columns) if one == header]
    match = match or [one for one in map(str, table.cells.columns) if spell(one) == spell(header)]
    return to_text(table.cells[match[0]]) if len(match) == 1 else None
