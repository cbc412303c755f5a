"""Show an inbox: make a pass over it for the command line, and tell what became of each file set."""

import sys
from functools import partial

import orjson
from rich.console import Console

from flows.inbox_plain import run_inbox
from flows.inbox_words import summary, told
from flows.settings import Options


def inbox_and_show(inbox: str, options: Options, quiet_seconds: float, console: Console, *, json: bool) -> int:
    """Make a pass, and tell a line for each set; the exit code."""
    say = partial(console.print, markup=False, soft_wrap=True)
    made = run_inbox(inbox, options, quiet_seconds, lambda one: say(told(one)), say)
    say(f"{inbox}: {summary(made.passed)}")
    if json:
        sets = [one.model_dump(mode="json") for one in made.passed]
        result = {"inbox": made.inbox.name, "sets": sets, "exit_code": made.exit_code}
        sys.stdout.write(orjson.dumps(result).decode() + "\n")
    return made.exit_code
