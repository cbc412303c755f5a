"""Text files whose form is the difficulty: separators, quotes, ragged rows, what stands above and below the table."""

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, separated, text

CASES = Cases()
ONE = {"orders": 2, "lines": 3, "amounts": {"EUR": "8.5"}}
ROWS = [
    FLAT,
    ["A", "c1", "EUR", "2024-01-02", "x", "1", "2.5"],
    ["A", "c1", "EUR", "2024-01-02", "y", "2", "1"],
    ["B", "c2", "EUR", "2024-01-03", "x", "4", "1"],
]


@CASES.add
def tab_separated() -> Case:
    return Case({"orders.tsv": separated(ROWS, "\t")}, **ONE)


@CASES.add
def pipe_separated() -> Case:
    return Case({"orders.csv": separated(ROWS, "|")}, **ONE)


@CASES.add
def separated_by_two_pipes_told() -> Case:
    lines = "\n".join("||".join(row) for row in ROWS).replace("x", "a|b, c")
    return Case(
        {"orders.csv": text(lines)},
        profile='delimiter = "||"\n',
        sent={"A": {"line_items.0.item_id": "a|b, c"}},
        **ONE,
    )


@CASES.add
def separated_by_a_word_told() -> Case:
    lines = "\n".join(" <-> ".join(row) for row in ROWS)
    return Case({"orders.csv": text(lines)}, profile='delimiter = " <-> "\n', **ONE)


@CASES.add
def separator_named_in_the_first_line() -> Case:
    return Case({"orders.csv": b"sep=;\r\n" + separated(ROWS, ";")}, **ONE)


@CASES.add
def quoted_with_apostrophes() -> Case:
    lines = """
order_number,customer_id,currency_id,item_id,name,quantity,unit_amount
'A','c1','EUR','x','6" pipe, long','1','2.5'
'A','c1','EUR','y','it''s','2','1'
'B','c2','EUR','x','','4','1'
"""
    return Case(
        {"orders.csv": text(lines)},
        profile='quote = "\'"\n',
        sent={"A": {"line_items.0.name": '6" pipe, long', "line_items.1.name": "it's"}},
        **ONE,
    )


@CASES.add
def no_quotes_at_all() -> Case:
    lines = """
order_number;customer_id;currency_id;item_id;name;quantity;unit_amount
A;c1;EUR;x;"6 pipe;1;2.5
A;c1;EUR;y;7" pipe;2;1
B;c2;EUR;x;"8" pipe;4;1
"""
    return Case(
        {"orders.csv": text(lines)},
        profile='quote = ""\n',
        sent={"A": {"line_items.0.name": '"6 pipe'}, "B": {"line_items.0.name": '"8" pipe'}},
        **ONE,
    )


@CASES.add
def newlines_in_cells_keep_the_row_numbers_of_a_spreadsheet() -> Case:
    rows = [
        [*FLAT, "description"],
        ["A", "c1", "EUR", "2024-01-02", "x", "1", "2.5", 'first\nsecond, "third"\n'],
        ["A", "c1", "EUR", "2024-01-02", "y", "2", "1", None],
        ["B", "c2", "EUR", "2024-01-03", "x", "4", "1", "one\r\ntwo"],
        ["C", "c2", "EURO", "2024-01-03", "x", "4", "1", "-"],
    ]
    return Case(
        {"orders.csv": separated(rows)},
        invalid=1,
        problems=found("orders.csv", (5, "currency_id", "not_a_currency")),
        sent={"A": {"line_items.0.description": 'first\nsecond, "third"'}},
        **ONE,
    )


@CASES.add
def ragged_rows_never_shift() -> Case:
    lines = """
order_number,customer_id,currency_id,item_id,quantity,unit_amount,name
A,c1,EUR,x,1,2.5,fine
A,c1,EUR,y,2,1,fine
B,c2,EUR,x,4,1,fine
C,c3,EUR,x,1,1,Cups, saucers
D,c4,EUR,x,1
E,c5,EUR,x,1,1,fine
E,c5,EUR,1,000.50,1,shifted,more
"""
    return Case(
        {"orders.csv": text(lines)},
        invalid=3,
        problems=found(
            "orders.csv",
            (5, None, "malformed_row"),
            (6, None, "malformed_row"),
            (6, "unit_amount", "missing"),
            (8, None, "malformed_row"),
        ),
        **ONE,
    )


@CASES.add
def lines_with_separators_at_their_ends() -> Case:
    """Each row, but not the header, has an empty field more."""
    lines = separated(ROWS, ";").decode().replace("\r\n", ";\r\n").replace("unit_amount;", "unit_amount")
    return Case({"orders.csv": lines.encode()}, **ONE)


@CASES.add
def report_with_a_title_and_footers() -> Case:
    """As eBay writes it, but for the columns."""
    lines = """
"Orders report","","","","",""

"Sales Record Number","Order Number","Buyer Username","Custom Label","Quantity","Sold For","Sale Date"

"1","12-00001-11111","ann","x","1","$2.50","Jan-02-24"
"2","12-00001-11111","ann","y","2","$1.00","Jan-02-24"
"3","12-00002-22222","bob","x","4","$1.00","Jan-03-24"

83,record(s) downloaded,,,,,
Seller ID : shop-of-ann
"""
    profile = """
date_format = "%b-%d-%y"
header_row = 3
skip_footer = 2
[orders]
order_number = "Order Number"
customer_id = "Buyer Username"
order_date = "Sale Date"
[line_items]
order_number = "Order Number"
item_id = "Custom Label"
quantity = "Quantity"
unit_amount = "Sold For"
[fixed]
currency_id = "USD"
"""
    return Case(
        {"eBay-OrdersReport.csv": text(lines, "utf-8-sig")},
        profile=profile,
        orders=2,
        lines=3,
        amounts={"USD": "8.5"},
        sent={"12-00002-22222": {"order_date": "2024-01-03T00:00:00.000Z"}},
    )


@CASES.add
def title_and_totals_found() -> Case:
    lines = """
Orders of January;;;;;;
Printed 2024-02-01 by Ann;;;;;;
;;;;;;
order_number;customer_id;currency_id;order_date;item_id;quantity;unit_amount
A;c1;EUR;2024-01-02;x;1;2.5
A;c1;EUR;2024-01-02;y;2;1
B;c2;EUR;2024-01-03;x;4;1
Total;;;;;7;4.5
"""
    return Case({"orders.csv": text(lines)}, notices=("row 8.*(left out|footer|total|not read)",), **ONE)


@CASES.add
def without_a_header() -> Case:
    profile = f"columns = {FLAT!r}\n"
    return Case({"orders.csv": separated(ROWS[1:])}, profile=profile, sent={"A": {"customer_id": "c1"}}, **ONE)


@CASES.add
def without_a_header_and_not_told() -> Case:
    return Case({"orders.csv": separated(ROWS[1:])}, refused=("orders.csv", "neither|header|columns"))


@CASES.add
def footers_told() -> Case:
    lines = [*ROWS, ["S", "um of", "all", "2024-01-09", "3", "7", "8.50"], [], ["(end)", *[None] * 6]]
    return Case({"orders.csv": separated(lines)}, profile="skip_footer = 2\n", **ONE)


@CASES.add
def header_row_told() -> Case:
    old = ["order_number", "customer_id", "currency_id", "order_date", "item_id", "quantity", "unit_amount"]
    lines = [old, ["(the", "columns", "of", "the", "old", "system", ")"], [], [], *ROWS]
    return Case({"orders.csv": separated(lines)}, profile="header_row = 5\n", **ONE)


@CASES.add
def empty_rows_and_columns_everywhere() -> Case:
    rows = [[], ["", "", ""]]
    for row in ROWS:
        rows += [["", *row[:3], "", *row[3:], "", ""], [""] * 11]
    return Case({"orders.csv": separated(rows)}, **ONE)


@CASES.add
def separated_by_an_unusual_character() -> Case:
    lines = "\n".join("~".join(row) for row in ROWS)
    return Case({"orders.csv": text(lines)}, notices=("~",), **ONE)


@CASES.add
def columns_of_a_fixed_width_ask_for_the_separator() -> Case:
    lines = "\n".join("".join(cell.ljust(14) for cell in row) for row in ROWS)
    return Case({"orders.csv": text(lines)}, refused=("orders.csv", "delimiter"))


@CASES.add
def an_open_quote_is_refused() -> Case:
    lines = 'order_number,customer_id,currency_id,item_id,quantity,unit_amount\nA,"c1,EUR,x,1,2.5\nB,c,EUR,x,1,1\n'
    return Case({"orders.csv": text(lines)}, refused=("orders.csv", "row 2", "quote"))
