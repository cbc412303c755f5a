"""Placeholder until the branch that finds tables is merged."""

import re


def base_name(header: str) -> str:
    """`Name` for `Name [E]`."""
    return re.sub(r" \[[A-Z]{1,3}\]$", "", header)
