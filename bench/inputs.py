"""The files to measure with, each set made once by a program of its own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Inputs:
    """Two files, how many rows they have, and the endpoint's digest of the order numbers."""

    orders_file: Path
    line_items_file: Path
    orders: int
    line_items: int
    digest: str

    @property
    def files(self) -> list[Path]:
        """Orders, line items."""
        return [self.orders_file, self.line_items_file]

    @property
    def bodies(self) -> Path:
        """Ready-made bodies of the same orders, one a line, where they were made."""
        return self.orders_file.with_name("bodies.jsonl")


def small(scale: float, companies: int = 1) -> Inputs:
    """100,000 orders with 400,000 line items at scale 1, with bodies."""
    return _made("make_orders.py", "--scale", scale, "--companies", companies)


def large(scale: float) -> Inputs:
    """1,500,000 orders with 6,001,215 line items at scale 1: TPC-H's."""
    return _made("make_tpch.py", "--scale", scale)


def answer_of(program: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever JSON it prints
    """Run one of our programs and give what it prints."""
    command = [sys.executable, str(HERE / program), *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _made(program: str, *arguments: object) -> Inputs:
    made = answer_of(program, *arguments)
    folder = Path(made["folder"]).resolve()
    orders_file = folder / "orders.parquet"
    digest = answer_of("counts.py", "numbers", orders_file)["digest"]
    return Inputs(orders_file, folder / "line_items.parquet", made["orders"], made["line_items"], digest)
