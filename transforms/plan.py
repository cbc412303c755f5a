"""Plan: the orders without a problem, as they will be sent, and an answer for every row that is known by now."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import KEY, SOURCE, Entity
from schemas.plan import LINE_COLUMNS, ORDER_COLUMNS, PLAN, ROWS
from schemas.problems import MESSAGES
from schemas.results import Status
from transforms.arrow import TEXT, text_array
from transforms.encode import encode
from transforms.findings import places
from transforms.group import Groups, fill_heads
from transforms.totals import line_amounts, read_factors

COMPANY = r"^[1-9][0-9]{0,17}$"


def assemble(groups: Groups, invalid: np.ndarray) -> tuple[pa.Table, np.ndarray, pa.Array]:
    """The plan's rows for the orders that are not invalid, sorted by company and order number; and their numbers.

    Sorted, since the ledger is: each batch then touches neighbouring rows of it, however the file was shuffled.

    `invalid` has one value per order; an order without a row of its own must be invalid. The third value is the amount
    of every order, the invalid ones included.
    """
    numbers = np.flatnonzero(~invalid)
    heads = fill_heads(groups).reindex(numbers)
    company, number = (text_array(heads[name]) for name in KEY)
    keys = pa.table({"company": company.cast(pa.int64()), "number": number})
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names]).to_numpy()
    numbers, heads = numbers[order], heads.iloc[order]
    rank = np.full(groups.count, -1, dtype="int64")
    rank[numbers] = np.arange(len(numbers))
    mine = rank[groups.line_of]
    picked = np.argsort(mine, kind="stable")[np.count_nonzero(mine < 0) :]
    starts = np.searchsorted(mine[picked], np.arange(len(numbers) + 1))
    lines = groups.lines.drop(columns=list(KEY)).iloc[picked]
    with ThreadPoolExecutor() as pool:  # Arrow does not hold Python's lock while it computes
        encoded = pool.submit(encode, heads, lines, starts)
        factors = read_factors(groups.lines)
        typed = pool.submit(_typed, lines, LINE_COLUMNS, {name: one.take(picked) for name, one in factors.items()})
        columns = _typed(heads, pa.schema([PLAN.field(name) for name in (*SOURCE, *ORDER_COLUMNS.names)]))
        amounts = line_amounts(factors["quantity"], factors["unit_amount"], groups.line_of, groups.count)
    items = pa.StructArray.from_arrays(typed.result(), fields=list(LINE_COLUMNS))
    nested = pa.ListArray.from_arrays(pa.array(starts, pa.int32()), items)
    bodies, digests = encoded.result()
    columns += [nested, amounts.take(pa.array(numbers)), pa.array(digests, pa.int64()), bodies]
    return pa.Table.from_arrays(columns, schema=PLAN), numbers, amounts


def orders_at_fault(groups: Groups, found: pd.DataFrame) -> np.ndarray:
    """The number of the order that each finding makes invalid."""
    of_order = (found["entity"] == Entity.ORDER.value).to_numpy()
    row = found["row"].to_numpy()
    numbers = np.empty(len(found), dtype="int64")
    numbers[of_order] = groups.order_of[row[of_order]]
    numbers[~of_order] = groups.line_of[row[~of_order]]
    return numbers


def answer_rows(groups: Groups, status: np.ndarray, problems: pd.DataFrame, at_fault: np.ndarray) -> pa.Table:
    """What planning says of every row of the input: one row per order (its first) and one per line item.

    `status` has one value per order, `at_fault` one order number per problem. A row of an invalid order that has no
    problem of its own says so and names the row at fault.
    """
    where = places(problems)
    own = problems[["code", "column", "message"]].set_axis(where, axis=0)
    own = own[~own.index.duplicated()]
    blame = pd.Series((where + ": " + problems["message"]).array, index=at_fault)
    blame = blame[~blame.index.duplicated()]
    again = problems.loc[(problems["code"] == "duplicate_order").to_numpy(), list(SOURCE)]
    codes, statuses = pd.factorize(status)
    parts = []
    for entity, rows, of in (
        (Entity.ORDER, groups.orders, groups.order_of),
        (Entity.LINE_ITEM, groups.lines, groups.line_of),
    ):
        kind = pd.Categorical.from_codes(np.zeros(len(rows), "int64"), pd.Index([entity.value]))
        told = pd.Categorical.from_codes(codes[of], pd.Index(statuses))
        answers = rows[[*SOURCE, "company_id", "order_number"]].assign(entity=kind, order=of, status=told)
        if entity is Entity.ORDER:
            # An order has one row, even when its fields repeat on every line; one that is given twice has one for each.
            first = np.arange(len(rows)) == groups.head[of]
            if len(again):
                first |= places(answers).isin(places(again)).to_numpy()
            answers = answers if first.all() else answers[first]
        parts.append(_rows_table(_with_errors(answers, own, blame)))
    return pa.concat_tables(parts)


def _rows_table(answers: pd.DataFrame) -> pa.Table:
    company = text_array(answers["company_id"]).dictionary_encode()
    readable = pc.match_substring_regex(company.dictionary, COMPANY)
    ids = pc.if_else(readable, company.dictionary, pa.scalar(None, TEXT)).cast(pa.int64())
    made = {"company_id": ids.take(company.indices)}
    return pa.table(_typed(answers, ROWS, made), schema=ROWS)


def _with_errors(answers: pd.DataFrame, own: pd.DataFrame, blame: pd.Series) -> pd.DataFrame:
    """The rows with what is wrong: their own first problem, else the first one of their order."""
    ill = answers[(answers["status"] == Status.INVALID.value).to_numpy()]
    if not len(ill):
        return answers
    errors = pd.DataFrame(index=answers.index, columns=["code", "column", "message"], dtype="str")
    where = places(ill)
    mine = own.reindex(where).set_axis(ill.index)
    why = MESSAGES["order_invalid"].replace("{first}", "") + ill["order"].map(blame)
    errors.loc[ill.index] = mine.assign(code=mine["code"].fillna("order_invalid"), message=mine["message"].fillna(why))
    return answers.assign(**{f"error_{name}": errors[name] for name in errors})


def _typed(rows: pd.DataFrame, schema: pa.Schema, made: Mapping[str, pa.Array] | None = None) -> list[pa.Array]:
    """Canonical text in the plan's types, where that is not `made` already; a column that no input has is null."""
    columns = []
    for column in schema:
        if made and column.name in made:
            columns.append(made[column.name])
        elif column.name not in rows:
            columns.append(pa.nulls(len(rows), column.type))
        else:
            columns.append(_cast(rows[column.name], column.type))
    return columns


def _cast(values: pd.Series, kind: pa.DataType) -> pa.Array:
    array = pa.array(values, from_pandas=True)
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(kind)
