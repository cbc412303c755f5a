"""Storage: inputs, profiles and lookups at URLs, with the checks that files of this machine have."""

import gzip
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from object_store import SECRET, ObjectStore
from upath import UPath

from adapters.inputs import find_inputs, read_grids
from adapters.profiles import read_profile
from adapters.storage import place
from schemas.errors import InputError, OrderliftError, ProfileError, UsageError
from schemas.tables import ReadOptions


def fill(folder: UPath, *names: str) -> None:
    """Objects that each hold their name."""
    for name in names:
        (folder / name).write_text(name)


def test_a_folder_or_glob_gives_its_supported_files_by_name_and_nothing_else(bucket: UPath) -> None:
    fill(bucket / "in", "b.csv", "a.csv.gz", "C.XLSX", ".hidden.csv", "~$C.xlsx", "notes.pdf", "deeper.csv/x.csv")
    fill(bucket / "all.csv", "a.csv")
    for folder in ("in/", "all.csv/"):
        bucket.fs.touch(f"{bucket.path}{folder}")  # as consoles make folders
    assert [file.name for file in find_inputs([f"{bucket}all.csv"])] == [f"{bucket}all.csv/a.csv"]
    for folder in (f"{bucket}in", f"{bucket}in/"):
        assert [file.name for file in find_inputs([folder])] == [
            f"{bucket}in/{n}" for n in ("C.XLSX", "a.csv.gz", "b.csv")
        ]
    assert [file.name for file in find_inputs([f"{bucket}in/*.csv"])] == [f"{bucket}in/b.csv"]
    assert [file.name for file in find_inputs([f"{bucket}in/b.csv", f"{bucket}*/*.gz"])] == [
        f"{bucket}in/b.csv",
        f"{bucket}in/a.csv.gz",
    ]


def test_a_file_is_described_by_size_and_digest_and_can_be_read(bucket: UPath) -> None:
    (bucket / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n", mtime=0))
    [file] = find_inputs([str(bucket / "a.csv.gz")])
    content = gzip.compress(b"a,b\n1,2\n", mtime=0)
    assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    with file.path.open("rb") as stream:
        assert (stream.seek(-8, os.SEEK_END), stream.read()) == (len(content) - 8, content[-8:])
    [grid] = read_grids(file, ReadOptions())
    assert grid.cells.to_numpy().tolist() == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        ("{}order.csv", "order.csv does not exist. Did you mean orders.csv?"),
        ("{}zzz", "zzz does not exist. Check the path."),
        ("{}nowhere/orders.csv", "orders.csv does not exist, nor does the folder {}nowhere"),
        ("s3://no-such-bucket/orders.csv", "orders.csv does not exist, nor does the folder s3://no-such-bucket"),
        ("{}*.xlsx", "No file matches {}*.xlsx"),
        ("{}bare", "bare has no file that can be read. Supported are .xlsx, "),
        ("{}bare/*", "bare/* has no file that can be read"),
        ("{}bare/notes.pdf", "bare/notes.pdf has an ending that is not supported. Supported are .xlsx, "),
        ("{}empty.csv", "empty.csv is empty (0 bytes)"),
        ("{}*.csv", "empty.csv is empty"),
        ("{}orders.csv {}copy.csv", "orders.csv and {}copy.csv have the same content"),
        ("s3://Not_A-B?cket/orders.csv", "cannot be reached: "),
    ],
)
def test_inputs_that_cannot_be_meant_are_refused_with_a_remedy(bucket: UPath, patterns: str, says: str) -> None:
    fill(bucket, "bare/notes.pdf")
    for name in ("orders.csv", "copy.csv"):
        (bucket / name).write_text("a,b\n1,2\n")
    (bucket / "empty.csv").touch()
    with pytest.raises(InputError) as raised:
        find_inputs(patterns.replace("{}", str(bucket)).split())
    assert says.replace("{}", str(bucket)) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.remedy


def test_a_file_that_changed_or_vanished_since_it_was_found_is_refused(bucket: UPath) -> None:
    path = bucket / "a.csv"
    path.write_text("a,b\n1,2\n")
    [file] = find_inputs([str(path)])
    path.write_text("a,b\n1,3\n")
    with pytest.raises(InputError, match="changed while it was read"):
        list(read_grids(file, ReadOptions()))
    path.unlink()
    with pytest.raises(InputError, match=r"a\.csv cannot be reached: (it does not exist|No such)"):
        list(read_grids(file, ReadOptions()))


@pytest.mark.parametrize(
    "url",
    [
        "s3://id:top-secret@bucket/a.csv",
        "s3://id:top/secret@bucket/a.csv",
        "sftp://me:top-secret@host/a.csv",
        "https://top-secret@host/a.csv",
        "https://host/a.csv?signature=top-secret",
    ],
)
def test_a_url_that_carries_a_secret_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(UsageError, match="must not carry") as raised:
        find_inputs([url])
    assert "secret@" not in str(raised.value)
    assert "top" not in str(raised.value)


@pytest.mark.parametrize("url", ["nonsense://bucket/a.csv", "a b://bucket/a.csv", "zip::s3://bucket/a.csv"])
def test_a_url_of_no_storage_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"(is not a URL|cannot be used)"):
        find_inputs([url])


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(UsageError, match=r"gs:// needs the package gcsfs, which is not installed\. pip install gcsfs"):
        find_inputs(["gs://bucket/a.csv"])


def test_a_file_url_is_a_file_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "a b.csv").write_text("a,b\n1,2\n")
    url = (tmp_path / "a b.csv").as_uri()
    assert place(url) == tmp_path / "a b.csv"
    assert [file.path for file in find_inputs([url])] == [tmp_path / "a b.csv"]


def test_credentials_that_are_wrong_or_missing_are_told_in_one_line_without_them(object_store: ObjectStore) -> None:
    bucket = object_store.bucket()
    code = "import sys; from adapters.inputs import find_inputs; find_inputs(sys.argv[1:])"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    for environment in (
        bare | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "us-east-1"},
        bare | dict(object_store.environment) | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
    ):
        ran = subprocess.run(
            [sys.executable, "-c", code, str(bucket / "a.csv")],
            env=environment | {"HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            check=False,
        )
        last = ran.stderr.splitlines()[-1]
        assert last.startswith("schemas.errors.InputError: s3://"), ran.stderr
        assert "cannot be reached: " in last
        assert SECRET not in ran.stderr


def test_a_profile_and_what_it_extends_and_looks_up_may_be_at_a_url(bucket: UPath, tmp_path: Path) -> None:
    (bucket / "profiles/base.toml").write_text(
        '[orders]\norder_number = "No."\n'
        '[lookup.customer_id]\nfile = "lists/customers.csv"\nfrom = "Email"\nto = "Id"\n'
    )
    (bucket / "profiles/shop.toml").write_text('extends = "base.toml"\n[orders]\ncustomer_id = "E-mail"\n')
    profile = read_profile(str(bucket / "profiles/shop.toml"))
    assert list(profile.orders) == ["order_number", "customer_id"]
    assert profile.lookup["customer_id"].file == str(bucket / "profiles/lists/customers.csv")
    here = tmp_path / "here.toml"
    here.write_text(f'extends = "{bucket}profiles/shop.toml"\n')
    assert read_profile(str(here)) == profile
    here.write_text(f'[lookup.customer_id]\nfile = "{bucket}customers.csv"\nfrom = "Email"\nto = "Id"\n')
    assert read_profile(str(here)).lookup["customer_id"].file == f"{bucket}customers.csv"


def test_a_profile_at_a_url_that_cannot_be_read_or_extends_itself_is_refused(bucket: UPath) -> None:
    with pytest.raises(ProfileError, match=r"/none\.toml cannot be read: (it does not exist|No such)"):
        read_profile(str(bucket / "none.toml"))
    (bucket / "a.toml").write_text('extends = "b.toml"\n')
    (bucket / "b.toml").write_text(f'extends = "{bucket}a.toml"\n')
    with pytest.raises(ProfileError, match="extends itself"):
        read_profile(str(bucket / "a.toml"))
    with pytest.raises(OrderliftError, match="must not carry"):
        read_profile("https://host/a.toml?key=secret")
