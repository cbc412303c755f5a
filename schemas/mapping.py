"""How the columns of one table are understood."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.fields import Entity


@dataclass(frozen=True)
class Origin:
    """Where the values of one field come from: one column, or several whose filled cells are joined.

    `divide_by` is the header of a column that each value is divided by (a line's total by its quantity); `lookup` says
    that the values are translated by the profile's lookup of that name.
    """

    headers: tuple[str, ...]
    joint: str = " "
    divide_by: str | None = None
    lookup: str | None = None

    @property
    def label(self) -> str:
        """The column as a person calls it."""
        return " + ".join(self.headers)


@dataclass(frozen=True)
class ColumnMap:
    """Which column is which field, for each entity whose rows the table carries (one, or both)."""

    place: str
    fields: Mapping[Entity, Mapping[str, Origin]]
    unused: tuple[str, ...]  # headers that stand for no field
    absent: tuple[str, ...]  # headers that the profile names and the table does not have

    def header(self, entity: Entity, field: str) -> str:
        """The file's own name of a field; the field's name where the value is fixed or absent."""
        origin = self.fields.get(entity, {}).get(field)
        return origin.label if origin else field

    @property
    def is_flat(self) -> bool:
        """Whether the table has an order and its line items in the same rows."""
        return len(self.fields) == len(Entity)
