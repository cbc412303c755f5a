"""What docs/scale.md says: the numbers are those of the program, and the manifests name what there is."""

import os
import subprocess
import sys
from typing import Any

import yaml
from commands import ROOT

from flows.settings import Options

DOC = (ROOT / "docs" / "scale.md").read_text()
MANIFESTS: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "docs" / "kubernetes.yaml").read_text()))


def test_the_numbers_are_what_the_program_gives() -> None:
    told = DOC.partition("<!-- bench/scale.py -->\n")[2].partition("<!-- end -->")[0]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, ROOT / "bench" / "scale.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert told == done.stdout


def test_the_tests_and_files_that_it_names_exist() -> None:
    named = [word.strip("`()|,. ") for word in DOC.replace("`", " ` ").split()]
    paths = {word for word in named if word.startswith(("tests/", "bench/")) and word.endswith(".py")}
    assert len(paths) > 5
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_deployment_of_the_document_and_the_manifests_fit_the_settings_and_each_other() -> None:
    block = DOC.partition("```yaml\n")[2].partition("```")[0]
    deployment = yaml.safe_load(block)["deployments"][0]
    options = deployment["parameters"]["options"]
    assert options.keys() <= Options.model_fields.keys()
    assert Options(task_runner=options["task_runner"], dask_address=options["dask_address"])
    by_name = {(one["kind"], one["metadata"]["name"]): one for one in MANIFESTS}
    host, port = options["dask_address"].removeprefix("tcp://").split(":")
    assert [one["port"] for one in by_name["Service", host]["spec"]["ports"]] == [int(port)]
    [worker] = by_name["Deployment", "dask-worker"]["spec"]["template"]["spec"]["containers"]
    assert options["dask_address"] in worker["args"]
    assert worker["image"] == deployment["work_pool"]["job_variables"]["image"]
    secrets = by_name["Secret", worker["envFrom"][0]["secretRef"]["name"]]["stringData"]
    settings = {name.removeprefix("ORDERLIFT_").lower() for name in secrets if name.startswith("ORDERLIFT_")}
    assert settings - {"api_key"} <= Options.model_fields.keys()
