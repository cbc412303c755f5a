"""How the columns of one table are understood."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.fields import Entity


@dataclass(frozen=True)
class ColumnMap:
    """Which header is which field, for each entity whose rows the table carries (one, or both)."""

    place: str
    fields: Mapping[Entity, Mapping[str, str]]  # entity -> field -> header
    unused: tuple[str, ...]  # headers that stand for no field
    absent: tuple[str, ...]  # headers that the profile names and the table does not have

    def header(self, entity: Entity, field: str) -> str:
        """The file's own name of a field; the field's name where the value is fixed or absent."""
        return self.fields.get(entity, {}).get(field, field)
