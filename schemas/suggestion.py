"""Suggestions: what a column may stand for, for a person to confirm in a profile."""

from dataclasses import dataclass

from schemas.fields import FIELDS, Entity, Field


@dataclass(frozen=True)
class Suggestion:
    """A header that may stand for a field, why, and how likely that is, from 0 to 1."""

    entity: Entity
    field: str
    header: str
    reason: str
    confidence: float

    @property
    def target(self) -> Field:
        """The field."""
        return FIELDS[self.entity][self.field]

    @property
    def likelihood(self) -> str:
        """How sure it is, in a word."""
        return "likely" if self.confidence >= 0.8 else "possible" if self.confidence >= 0.5 else "a guess"
