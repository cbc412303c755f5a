"""Listening: who is told of a flow run beside Prefect."""

from contextvars import ContextVar

from flows.display import Display

# The command line's display. Not in the flow's own module: a flow goes to the workers of a cluster with all that its
# function names there, and this stays here.
listener: ContextVar[Display | None] = ContextVar("listener", default=None)
