"""What many can see of a problem: where, what and what to do, and nothing of what stands in a cell."""

import pandas as pd
import pytest

from schemas.problems import MESSAGES, PROBLEMS, REMEDIES
from transforms.told_problems import PLAIN, as_page, told_problems, told_rejected

ADDRESS = "ada@example.com"


def problem(code: str, value: str = ADDRESS) -> pd.DataFrame:
    message = MESSAGES[code].format(
        column="E-mail", value=value, entity="order", first="a.csv, row 3", other=value, timezone="UTC"
    )
    row = ("a.csv", None, 7, "E-mail", value, code, message)
    return pd.DataFrame([row], columns=PROBLEMS.names)


@pytest.mark.parametrize("code", sorted(MESSAGES.keys() - PLAIN))
def test_the_content_of_a_cell_is_left_out(code: str) -> None:
    (told,) = told_problems(problem(code))
    assert ADDRESS not in str(told)
    assert (told["file"], told["sheet"], told["row"], told["column"]) == ("a.csv", "", 7, "E-mail")
    assert told["problem"]
    assert told["remedy"] == REMEDIES[code]


@pytest.mark.parametrize("code", sorted(PLAIN))
def test_numbers_of_orders_and_places_are_told(code: str) -> None:
    found = problem(code, "A-1")
    (told,) = told_problems(found)
    assert told["problem"] == found["message"][0]


def test_what_is_no_number_is_told_without_it() -> None:
    assert told_problems(problem("not_a_number"))[0]["problem"] == "E-mail must be a number such as 1234.56"


def test_what_the_api_refused_is_told_by_its_row_alone() -> None:
    row = {"source_file": "a.csv", "source_sheet": "May", "source_row": 3, "error_column": None, "http_status": 422.0}
    (told,) = told_rejected(pd.DataFrame([{**row, "error_message": f"no customer {ADDRESS}"}]))
    assert ADDRESS not in str(told)
    assert (told["row"], told["problem"]) == (3, "the API refused the order with HTTP 422")


def test_a_page_of_them_is_a_list_whatever_stands_in_it() -> None:
    found = problem("no_line_items", "A|*1\n2").assign(source_file="s3://bucket/in/my_a.csv", source_sheet="May")
    assert as_page(told_problems(found)) == (
        r"- my\_a.csv, sheet May, row 7: order A\|\*1 2 has no line items. **" + REMEDIES["no_line_items"] + "**"
    )


def test_a_row_that_is_named_is_named_by_its_file_alone() -> None:
    found = problem("duplicate_order", "A-1").assign(source_file="/srv/in/a.csv")
    found["message"] = found["message"].str.replace("a.csv", "/srv/in/a.csv")
    assert told_problems(found)[0]["problem"] == "order A-1 stands more than once; first in a.csv, row 3"
