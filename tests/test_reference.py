"""docs/reference.md has every command, option and setting, as the code has them."""

import os
import re
import subprocess
import sys

from commands import ROOT

from flows.settings import Options

DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "SECURITY.md"]
REFERENCE = (ROOT / "docs" / "reference.md").read_text()


def test_the_reference_is_what_the_code_gives() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, ROOT / "docs" / "make_reference.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == REFERENCE
    assert all(f"`{name}`" in REFERENCE and field.description for name, field in Options.model_fields.items())


def test_documents_name_no_option_that_there_is_not() -> None:
    known = set(re.findall(r"--[a-z][a-z-]+", REFERENCE))
    prefect = {"--type", "--pool", "--no-prompt", "--all", "--watch", "--param", "--params", "--base-job-template"}
    others = prefect | {"--help", "--file", "--nthreads", "--set"}
    told = {path.name: set(re.findall(r"(?<=[ `(])--[a-z][a-z-]+", path.read_text())) for path in DOCUMENTS}
    unknown = {name: options - known - others for name, options in told.items()}
    assert {name: options for name, options in unknown.items() if options} == {}


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.name}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert broken == []
