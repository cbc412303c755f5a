"""The plan: one row per order to send, line items nested, and the index of all rows of the input."""

import pyarrow as pa

from schemas.fields import LINE_ITEM_FIELDS, ORDER_FIELDS, SOURCE, Kind

# 15 digits before the point and 9 after it hold every amount that passes the checks.
AMOUNT = pa.decimal128(24, 9)

_TYPES: dict[Kind, pa.DataType] = {
    Kind.COMPANY: pa.int64(),
    Kind.DATE: pa.timestamp("ms", tz="UTC"),
    Kind.AMOUNT: AMOUNT,
    Kind.PRICE: AMOUNT,
    Kind.QUANTITY: AMOUNT,
}
_SOURCE_TYPES = [(name, pa.int64() if name == "source_row" else pa.string()) for name in SOURCE]
_LINE_FIELDS = [field for field in LINE_ITEM_FIELDS if field.name not in ("company_id", "order_number")]

ORDER_COLUMNS = pa.schema([(field.name, _TYPES.get(field.kind, pa.string())) for field in ORDER_FIELDS])
LINE_COLUMNS = pa.schema([*_SOURCE_TYPES, *((f.name, _TYPES.get(f.kind, pa.string())) for f in _LINE_FIELDS)])

PLAN = pa.schema(
    [
        *_SOURCE_TYPES,
        *ORDER_COLUMNS,
        ("line_items", pa.list_(pa.struct(list(LINE_COLUMNS)))),
        ("amount", pa.decimal128(38, 9)),  # sum of quantity x unit_amount, for the control totals
        ("digest", pa.int64()),  # of the content, in whatever order its line items stand
        ("body", pa.large_string()),  # the order as it is sent: JSON
    ]
)

# The index of all rows of the input, in runs/RUN_ID/rows: what planning says of each. A status of "pending" means: in
# the plan.
ROWS = pa.schema(
    [
        *_SOURCE_TYPES,
        ("entity", pa.string()),
        ("company_id", pa.int64()),
        ("order_number", pa.string()),
        ("status", pa.string()),
        ("error_code", pa.string()),
        ("error_column", pa.string()),
        ("error_message", pa.string()),
    ]
)
