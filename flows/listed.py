"""Listed: what the commands of housekeeping print, for a person or, with --json, for a program."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from adapters.ledger_check import Finding
from flows.health import as_json
from flows.housekeeping import Choice, RunLine

WIDEST = 40  # characters of a cell


def show_runs(lines: Iterable[RunLine], *, json: bool) -> None:
    """Print runs as a table, or as JSON."""
    if json:
        _json({"runs": [_as_json(line) for line in lines]})
        return
    rows = [_cells(line) for line in lines]
    _table(("Run", "State", "Planned", "Inputs", "Orders", "Health"), rows, "There is no run yet.")


def show_pruned(choices: Iterable[Choice], *, dry_run: bool, json: bool) -> None:
    """Print which runs were, or would be, removed, and which are kept and why."""
    found = list(choices)
    freed = sum(one.bytes for one in found)
    if json:
        removed = [one.run_id for one in found if one.kept is None]
        kept = {one.run_id: one.kept for one in found if one.kept is not None}
        _json({"pruned": removed, "kept": kept, "bytes": freed, "dry_run": dry_run})
        return
    word = "would be removed" if dry_run else "removed"
    for one in found:
        _write(f"{one.run_id}  {f'kept: {one.kept}' if one.kept else f'{word}, {one.bytes / 1e6:,.1f} MB'}")
    count = sum(one.kept is None for one in found)
    _write(f"{count:,} of {len(found):,} runs {word}, {freed / 1e6:,.1f} MB; what they sent is in the ledger.")


def show_findings(findings: Iterable[Finding], *, json: bool) -> bool:
    """Print each rule as it is asked, with what contradicts it; whether all rules hold."""
    found = list[Finding]()
    for one in findings:
        found.append(one)
        if not json:
            _write(f"{'ok   ' if one.is_held else 'WRONG'}  {one.rule}")
            for row in one.rows:
                _write(f"         {_plain(row)}")
            if one.more:
                _write(f"         and {one.more:,} more")
    if json:
        rules = [{"rule": one.rule, "ok": one.is_held, "rows": one.rows, "more": one.more} for one in found]
        _json({"ok": all(one.is_held for one in found), "rules": rules})
    return all(one.is_held for one in found)


def _as_json(line: RunLine) -> dict[str, Any]:
    record = line.record
    return {
        "run_id": line.run_id,
        "state": line.state,
        "planned_at": record and record.planned_at,
        "finished_at": record and record.finished_at,
        "pruned_at": record and record.pruned_at,
        "base_url": record and record.base_url,
        "inputs": [one.name for one in record.inputs] if record else [],
        "orders": {status.value: count for status, count in (line.orders or {}).items()},
        "requests": record.requests if record else 0,
        "health": line.health and as_json(line.health),
    }


def _cells(line: RunLine) -> tuple[str, ...]:
    record = line.record
    inputs = [one.name for one in record.inputs] if record else []
    more = f" and {len(inputs) - 1:,} more" if len(inputs) > 1 else ""
    orders = ", ".join(
        f"{count:,} {status.value.replace('_', ' ')}" for status, count in (line.orders or {}).items() if count
    )
    return (
        line.run_id,
        line.state,
        _minute(record.planned_at) if record else "",
        (_plain(inputs[0]) if inputs else "") + more,
        orders,
        line.health.word if line.health else "",
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    if not rows:
        _write(nothing)
        return
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        _write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def _plain(text: str) -> str:
    """Words of files and orders, without what a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _json(result: dict[str, Any]) -> None:
    _write(orjson.dumps(result).decode())


def _write(line: str) -> None:
    """Standard output carries the result."""
    sys.stdout.write(line + "\n")
