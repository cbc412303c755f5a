"""Mutants of delivery: the simulation notices each of them, so a seed that passes says something."""

import pytest
from simulation.mutant import Mutant
from simulation.mutations import MUTANTS, NotApplicable, catch, is_expected, mutated

SEEDS = 150  # from the one on that is known to fail, should it not fail any more


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_simulation_fails_when_delivery_is_broken(mutant: Mutant) -> None:
    caught = catch(mutant, mutant.shown_by, SEEDS)
    assert caught is not None, "it survives"
    assert is_expected(mutant, caught), caught


def test_the_simulation_passes_when_nothing_is_broken() -> None:
    assert catch(None, 0, 25) is None


def test_a_mutant_that_changes_nothing_is_an_error() -> None:
    with pytest.raises(NotApplicable, match="is 0 times in"), mutated(Mutant("stale", "flows/watch.py", "gone", "")):
        pass
