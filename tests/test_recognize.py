"""Recognition: whose export a file is, by its headers."""

import pytest

from adapters.profiles import built_in
from schemas.profile import Profile
from transforms.recognize import recognize

PROFILES = {
    "shop": Profile(recognize=("Order No.", "Buyer")),
    "market": Profile(recognize=("Order No.", "Seller")),
    "none": Profile(),
}


def test_a_file_with_all_headers_of_one_profile_is_its() -> None:
    assert recognize(["Date", "Buyer", "Order No."], PROFILES) == ("shop",)


@pytest.mark.parametrize("headers", [["order_no", "BUYER"], [" Order no ", "buyer:"]])
def test_case_spaces_and_punctuation_do_not_matter(headers: list[str]) -> None:
    assert recognize(headers, PROFILES) == ("shop",)


@pytest.mark.parametrize("headers", [[], ["Buyer"], ["Order No."], ["Order No. 2", "Buyer"]])
def test_a_file_without_one_of_them_is_nobodys(headers: list[str]) -> None:
    assert recognize(headers, PROFILES) == ()


def test_of_several_that_fit_the_one_with_the_most_headers_is_it() -> None:
    closer = PROFILES | {"closer": Profile(recognize=("Order No.", "Buyer", "Date"))}
    assert recognize(["Order No.", "Buyer", "Date", "Seller"], closer) == ("closer",)


def test_those_that_fit_equally_well_are_all_named() -> None:
    assert recognize(["Order No.", "Buyer", "Seller"], PROFILES) == ("shop", "market")


def test_every_built_in_profile_can_be_recognized_and_is_no_part_of_another() -> None:
    assert {name: recognize(one.recognize, built_in()) for name, one in built_in().items()} == {
        name: (name,) for name in built_in()
    }


def test_the_headers_of_the_api_itself_are_no_export() -> None:
    headers = ["company_id", "order_number", "customer_id", "currency_id", "item_id", "name", "quantity", "unit_amount"]
    assert recognize(headers, built_in()) == ()
