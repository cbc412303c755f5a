"""Report of a plan in parts: the same files as of the same input in one part."""

import random
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from delivering import options_for, run
from reject_files import read_book

from adapters import answer_files, problem_files, results_files
from adapters.answer_files import read_answers, write_answers
from adapters.workspace import RunFolder, Workspace
from flows import report_part
from flows.run import plan_run, report_run
from flows.settings import Options
from sandbox.faults import Reject
from sandbox.server import Sandbox
from schemas.results import PLACE, RESULTS
from schemas.run import RunRecord, State
from transforms.places import order_places

PARTS = 4
REFUSED = frozenset({"N-003", "N-017"})
CHANCE = random.Random(3)  # noqa: S311 - the order of the rows


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """Everything is read and written a few rows at a time."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (answer_files, problem_files):
            patch.setattr(module, "HELD", PARTS)
            patch.setattr(module, "LEAST", 3)
        patch.setattr(results_files, "ROW_GROUP", 50)
        yield


def write_inputs(path: Path) -> list[str]:
    """A flat file of two companies and a pair of files, their rows shuffled; some orders are wrong."""
    flat = [
        f"{7 + at % 2},N-{at:03},cus,{'EUR' if at % 9 else 'Euro'},item-{line},{line or 'none' if at % 13 else 0},2.50"
        for at in range(60)
        for line in (1, 2)
    ]
    orders = [f"7,P-{at:03},cus,{'USD' if at % 10 else ''}" for at in range(50)]
    lines = [f"P-{at:03},item-{line},{line},1.25" for at in range(1, 50) for line in (1, 2, 3)]
    heads = ["company_id,order_number,customer_id,currency_id", "order_number,item_id,quantity,unit_amount"]
    header = f"{heads[0]},item_id,quantity,unit_amount"
    for name, head, rows in (("z", header, flat), ("orders", heads[0], orders), ("lines", heads[1], lines)):
        shuffled = CHANCE.sample(rows, len(rows))
        (path / f"{name}.csv").write_text("\n".join([head, *shuffled]) + "\n")
    return [str(path / f"{name}.csv") for name in ("z", "orders", "lines")]


def cut(whole: RunFolder, workspace: Path) -> RunFolder:
    """The same run, with its plan in parts: by a hash of the order number, and of the row where there is none."""
    Workspace(workspace).create()
    folder = RunFolder(workspace / "runs" / whole.run_id)
    for path in (folder.path, *folder.plan.folders):
        path.mkdir()
    plan, rows = (pq.read_table(whole.path / name / "part-00000.parquet") for name in ("plan", "rows"))
    place = {(row["source_file"], row["source_row"]): _part(row) for row in rows.to_pylist()}
    problems = pq.read_table(whole.problems).to_pandas()
    of_problem = [place[key] for key in zip(problems["source_file"], problems["source_row"], strict=True)]
    for number in range(PARTS):
        mine, ours = (
            table.filter(pa.array([_part(row) == number for row in table.to_pylist()])) for table in (plan, rows)
        )
        folder.plan.write_part(number, mine, lambda ours=ours: ours, problems[[one == number for one in of_problem]])
    record = whole.record()
    folder.plan.finish([file.name for file in record.inputs])
    folder.write_record(record)
    return folder


def _part(row: dict[str, object]) -> int:
    return crc32(str(row["order_number"] or row["source_row"]).encode()) % PARTS


Both = tuple[RunFolder, RunRecord, RunFolder, RunRecord]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """A run with orders of every kind, reported in one part and in several."""
    path = tmp_path_factory.mktemp("parts")
    refused = Reject(order_numbers=REFUSED, times="always", named=True)
    with Sandbox(path / "store.db", requests_per_minute=None, faults=[refused]) as sandbox:
        options = options_for(path / "one", sandbox.url)
        folder = Workspace(path / "one").new_run()
        plan_run(write_inputs(path), options, folder)
        run(folder, options)
        parts = cut(folder, path / "many")
        one = report_run(folder, options, State.COMPLETE)
        elsewhere = {"workspace": path / "many", "ledger_url": Workspace(path / "one").ledger_url()}
        many = report_run(parts, options.model_copy(update=elsewhere), State.COMPLETE)
    return folder, one, parts, many


def test_results_are_the_same_row_by_row(both: Both) -> None:
    one, record, many, _ = both
    assert len(record.rows) == len(record.orders) == 3  # created, invalid, rejected
    assert pq.read_table(many.results).equals(pq.read_table(one.results))
    assert many.results_csv.read_bytes() == one.results_csv.read_bytes()
    assert many.results.read_bytes() == one.results.read_bytes()


def test_the_record_is_the_same(both: Both) -> None:
    _, one, _, many = both
    aside = {"finished_at", "settings"}
    assert many.model_dump(exclude=aside) == one.model_dump(exclude=aside)


def test_rejects_are_the_same(both: Both) -> None:
    one, _, many, _ = both
    assert read_book(many.rejects) == read_book(one.rejects)
    assert any("N-003" in str(rows) for rows in read_book(many.rejects).values())


def test_problems_are_in_source_order(both: Both) -> None:
    one, _, many, _ = both
    ours, theirs = (pq.read_table(folder.problems).to_pandas() for folder in (many, one))
    ranks = {"z.csv": 0, "orders.csv": 1, "lines.csv": 2}  # as they were given
    order = [(ranks[Path(name).name], row) for name, row in zip(ours["source_file"], ours["source_row"], strict=True)]
    assert len(order) > 20
    assert order == sorted(order)
    columns = list(ours.columns)
    assert ours.sort_values(columns).to_dict("list") == theirs.sort_values(columns).to_dict("list")


def test_nothing_is_left_of_what_was_only_needed_meanwhile(both: Both) -> None:
    one, _, many, _ = both
    assert {path.name for path in many.path.iterdir()} == {path.name for path in one.path.iterdir()} - {".lock"}


def test_what_a_killed_report_left_is_removed(both: Both) -> None:
    one, _, _, _ = both
    (one.path / "split").mkdir()
    (one.path / "split" / "0.arrow").write_text("half")
    with one.scratch() as scratch:
        assert list(scratch.iterdir()) == []
    assert not (one.path / "split").exists()


def test_rejects_that_are_too_many_are_cut_and_told(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    one, record, _, _ = both
    monkeypatch.setattr(report_part, "MOST_REJECTS", 10)
    told = report_run(one, Options.model_validate(record.settings), State.COMPLETE)
    assert sum(notice.startswith("rejects.xlsx lacks") for notice in told.notices) == 1
    assert 0 < sum(len(rows) - 1 for rows in read_book(one.rejects).values()) <= 10


@pytest.mark.parametrize(
    ("parts", "ordered"),
    [
        ([], ""),
        (["oa1 ob1"], "oa1 ob1"),
        (["oa1 oa3", "oa2 oa3 la1", "oa1 oa2"], "oa1 oa2 oa3 la1"),
        (["ob1", "la1", "lb1", "oa1"], "oa1 ob1 la1 lb1"),
    ],
)
def test_places_are_in_the_order_of_the_input_though_no_part_has_them_all(parts: list[str], ordered: str) -> None:
    def place(name: str) -> tuple[str, ...]:
        return ({"o": "order", "l": "line_item"}[name[0]], name[1], name[2])

    found = order_places([[place(name) for name in part.split()] for part in parts], ["a", "b"])
    assert found == [place(name) for name in ordered.split()]


def test_answers_of_parts_are_read_in_source_order_a_few_at_a_time(tmp_path: Path) -> None:
    places = [("order", "a", ""), ("line_item", "a", "")]
    rows = [(at % 2, at) for at in range(300)]  # place and row
    paths = [tmp_path / f"{number}.arrow" for number in range(PARTS)]
    for number, path in enumerate(paths):
        mine = sorted(row for row in rows if row[1] % 7 % PARTS == number)
        columns = {name: pa.nulls(len(mine), RESULTS.field(name).type) for name in RESULTS.names}
        columns |= {"source_row": [row for _, row in mine], "place": [1 - place for place, _ in mine]}
        write_answers(path, [pa.table(columns)], PARTS)
    tables = list(read_answers(paths, [places[::-1]] * PARTS, places))
    found = pa.concat_tables(tables).select(PLACE).to_pylist()
    assert [tuple(one.values()) for one in found] == [places[place] for place, _ in sorted(rows)]
    assert [row for table in tables for row in table["source_row"].to_pylist()] == [row for _, row in sorted(rows)]
    assert max(map(len, tables)) <= 2 * 3 * PARTS


def test_results_without_rows_are_files_with_a_header(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_results([])
    assert pq.read_table(folder.results).schema.equals(RESULTS)
    assert folder.results_csv.read_text().startswith('"source_file","source_sheet"')
