"""Cluster: partitions are planned as Prefect tasks on a Dask cluster, one task each.

Only planning is spread: delivery is bounded by the API, not by processors, and stays in the process of the flow.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from schemas.errors import OrderliftError, UsageError

T = TypeVar("T")
CONNECT_SECONDS = 30  # for the scheduler to answer
WORKER_SECONDS = 600  # for the first worker to be there: a cluster that grows on demand starts machines for it
RETRIES = 2  # of a partition whose task failed; one whose worker died is planned again by Dask itself


def on_dask(address: str | None, work: Callable[[int], T], numbers: Sequence[int]) -> Iterator[T]:
    """Yield the result of the work for each number, in their order, done by the workers of a Dask cluster.

    Work and results are pickled, and the work may be done again: it is where a worker dies. `address` is that of the
    scheduler; None makes a cluster of this machine, for as long as the work lasts. To be called within a flow or a
    task. Raises UsageError if there is no cluster, and the error of the first number that has one.
    """
    try:
        from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415 - an extra that only this needs
    except ImportError:
        raise UsageError("prefect-dask is not installed.", "pip install 'orderlift[cluster]'") from None
    # One thread a worker: planning keeps a core busy, and its memory is what --partition-rows is set by.
    local = None if address else {"threads_per_worker": 1, "dashboard_address": None}
    waiting = {"timeout": CONNECT_SECONDS}
    with DaskTaskRunner(address=address, cluster_kwargs=local, client_kwargs=waiting) as runner:
        try:
            runner.client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except OSError as error:  # TimeoutError is one
            raise UsageError(
                f"There is no Dask worker at {address}: {error}.", "Start the scheduler and its workers first."
            ) from None
        futures = [runner.submit(plan_part, {"work": work, "number": number}) for number in numbers]
        for future in futures:
            yield future.result()


def _may_help(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether doing it again may help: not where the input or the settings are at fault."""
    error = state.result(raise_on_failure=False)
    return not isinstance(error, OrderliftError)


@task(
    name="plan-part",
    task_run_name="plan-part {number}",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_condition_fn=_may_help,
    persist_result=False,
)
def plan_part(work: Callable[[int], Any], number: int) -> Any:  # noqa: ANN401 - whatever the work gives
    """Plan one partition, on any machine that sees the workspace."""
    return work(number)
