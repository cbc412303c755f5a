"""The layers: who may import whom, what pure functions may not touch, and how long a file may be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "transforms", "adapters", "sandbox", "flows")
SEES = {  # what a package may import of ours, itself included; tests and bench see all
    "schemas": {"schemas"},
    "transforms": {"schemas", "transforms"},
    "adapters": {"schemas", "adapters"},
    "sandbox": {"schemas", "sandbox"},
    "flows": set(PACKAGES),
}
IMPURE = {  # I/O, clocks, randomness and Prefect
    *("asyncio", "glob", "io", "logging", "multiprocessing", "os", "random", "secrets", "shutil", "socket"),
    *("sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "uuid"),
    *("anyio", "fsspec", "httpx", "prefect", "requests", "rich", "sqlalchemy", "typer"),
}
ACTS = {"now", "today", "utcnow", "Path", "open", "print", "input", "read_csv", "read_excel", "read_parquet", "to_csv"}
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PURE = [path for path in MODULES if path.relative_to(ROOT).parts[0] == "transforms"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield str(node.module).split(".")[0]


def called(tree: ast.AST) -> set[str]:
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in functions}


def beyond(package: str, source: str) -> set[str]:
    """What a module of a package imports of ours that it may not see."""
    return set(imported(ast.parse(source))) & {*PACKAGES, "tests", "bench"} - SEES[package]


def impurities(source: str) -> set[str]:
    tree = ast.parse(source)
    return set(imported(tree)) & IMPURE | called(tree) & ACTS


def test_all_packages_are_looked_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PACKAGES) == set(SEES)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_imports_only_what_its_layer_may_see(path: Path) -> None:
    assert beyond(path.relative_to(ROOT).parts[0], path.read_text()) == set()


@pytest.mark.parametrize("path", PURE, ids=name)
def test_a_pure_function_touches_no_file_clock_chance_or_prefect(path: Path) -> None:
    assert impurities(path.read_text()) == set()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_says_what_it_is_for_and_is_at_most_300_lines_long(path: Path) -> None:
    source = path.read_text()
    assert ast.get_docstring(ast.parse(source))
    assert len(source.splitlines()) <= 300


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("schemas", "from transforms.cells import to_text"),
        ("transforms", "import adapters.inputs"),
        ("adapters", "def later():\n    from transforms import cells"),
        ("sandbox", "from adapters.api import Api"),
        ("sandbox", "import flows"),
        ("flows", "from bench import run"),
    ],
)
def test_an_import_that_breaks_the_rules_is_found(package: str, source: str) -> None:
    assert beyond(package, source)


@pytest.mark.parametrize(
    "source", ["import os.path", "from time import sleep", "datetime.now(UTC)", "open(name)", "pd.read_csv(name)"]
)
def test_what_is_not_pure_is_found(source: str) -> None:
    assert impurities(source)
