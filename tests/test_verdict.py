"""What each answer proves about each order: the table over every status, and the cases that decide about duplicates."""

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import Answer, Batch, Next, NoAnswer, SentOrder, Verdict
from transforms.verdict import judge

NUMBERS = ("ORD-2024-001", "ORD-2024-002", "ORD-2024-003")
SAYS_NOTHING = (b"", b"<html>Bad gateway</html>", b'{"error":{"code":"invalid-params","message":"Invalid field: x."}}')


def batch(*numbers: str) -> Batch:
    return Batch(1089, tuple(order(number, f"cus_{number}") for number in numbers or NUMBERS))


def order(number: str, customer: str) -> SentOrder:
    return SentOrder(number, 1, orjson.dumps({"customer_id": customer, "currency_id": "USD"}))


def entry(number: object, rootfi_id: object = 157, **more: object) -> dict[str, object]:
    usual = {"rootfi_company_id": 1089, "platform_id": f"ord_{rootfi_id}", "currency_id": "USD", "status": "pending"}
    return {"rootfi_id": rootfi_id, "order_number": number, "contact_id": f"cus_{number}", **usual, **more}


def came(status: int, body: object) -> Answer:
    return Answer(status, {"api_key": "sk_secret"}, body if isinstance(body, bytes) else orjson.dumps(body))


def said(verdict: Verdict) -> list[str]:
    return [str(outcome.status) for outcome in verdict.outcomes]


def expected(status: int, count: int) -> tuple[str, str]:
    if status in (400, 413, 422) and count == 1:
        return "rejected", "nothing"
    return {
        400: ("pending", "halve"),
        401: ("pending", "stop"),
        403: ("pending", "stop"),
        404: ("pending", "stop"),
        409: ("in_doubt", "read_back"),
        413: ("pending", "shrink"),
        422: ("pending", "halve"),
        429: ("pending", "send_again"),
    }.get(status, ("in_doubt", "nothing"))


@pytest.mark.parametrize("numbers", [NUMBERS[:1], NUMBERS])
@pytest.mark.parametrize("body", SAYS_NOTHING)
def test_an_answer_that_names_nothing_proves_what_its_status_proves(numbers: tuple[str, ...], body: bytes) -> None:
    for status in (*range(100, 600), 600, 999):
        verdict = judge(batch(*numbers), came(status, body))
        state, then = expected(status, len(numbers))
        assert (said(verdict), verdict.next) == ([state] * len(numbers), then), status
        assert verdict.http_status == status
        assert all(outcome.error_code and outcome.error_message for outcome in verdict.outcomes)


@pytest.mark.parametrize("numbers", [NUMBERS[:1], NUMBERS])
@pytest.mark.parametrize("sent", [True, False])
def test_without_an_answer_only_what_was_not_sent_may_be_sent_again(numbers: tuple[str, ...], sent: bool) -> None:
    for error in (*(name for name in httpx.__all__ if name.endswith(("Error", "Timeout"))), "Unheard"):
        verdict = judge(batch(*numbers), NoAnswer(error, sent, "broke"))
        assert said(verdict) == ["in_doubt" if sent else "pending"] * len(numbers)
        assert verdict.next is (Next.NOTHING if sent else Next.SEND_AGAIN)
    assert judge(batch(), NoAnswer("ReadTimeout", sent=True)).outcomes[0].error_code == "read_timeout"


LEAVES = st.none() | st.booleans() | st.integers(-9, 999) | st.sampled_from([*NUMBERS, "data[1]", "error", "bad-one"])
ANYTHING = st.recursive(LEAVES, lambda each: st.lists(each) | st.dictionaries(st.sampled_from(["data", "msg"]), each))
RECORD_KEYS = ("order_number", "status", "error", "rootfi_id", "message", "rootfi_company_id")
RECORDS = st.lists(st.dictionaries(st.sampled_from(RECORD_KEYS), ANYTHING), max_size=4)
ERROR_KEYS = ("error", "errors", "error_code", "code", "message", "detail", "sync_id")
BODIES = st.builds(
    lambda other, records: orjson.dumps({**other, "data": records}),
    st.dictionaries(st.sampled_from(ERROR_KEYS), ANYTHING),
    RECORDS | ANYTHING,
)


@given(st.integers(200, 499) | st.integers(100, 999), st.sampled_from([1, 3]), BODIES | st.binary())
def test_no_body_raises_and_nothing_is_settled_without_proof(status: int, count: int, body: bytes) -> None:
    verdict = judge(batch(*NUMBERS[:count]), came(status, body))
    assert [outcome.order_number for outcome in verdict.outcomes] == list(NUMBERS[:count])
    for outcome in verdict.outcomes:
        assert len(outcome.error_message or "") <= 500
        named = outcome.order_number.encode() in body
        if outcome.status == "created":
            assert named or (verdict.code == "renumbered" and body.count(b"rootfi_id") >= count)
        elif outcome.status == "rejected":
            assert named or (400 <= status < 500 and (count == 1 or b"data[1]" in body))
        elif outcome.status == "pending":
            assert 400 <= status < 500 or named
        else:
            assert outcome.status == "in_doubt"
    if not 200 <= status < 300 and not 400 <= status < 500:
        assert set(said(verdict)) == {"in_doubt"}


@given(st.permutations(range(3)), st.sets(st.sampled_from(range(3))))
def test_orders_are_matched_by_number_whatever_their_place(places: list[int], missing: set[int]) -> None:
    answered = [entry(NUMBERS[place], place) for place in places if place not in missing]
    verdict = judge(batch(), came(200, {"data": answered, "sync_id": "sync_1"}))
    for place, outcome in enumerate(verdict.outcomes):
        created = place not in missing
        assert outcome.status == ("created" if created else "in_doubt")
        assert outcome.rootfi_id == (place if created else None)
        assert outcome.platform_id == (f"ord_{place}" if created else None)
        assert outcome.error_code == (None if created else "not_in_answer")
    assert (verdict.sync_id, verdict.next) == ("sync_1", "nothing")


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"data": [entry("ORD-2024-001")], "sync_id": "sync_1"}, "request_id": "r"},
        {"data": entry("ORD-2024-001"), "sync_id": "sync_1", "unknown": [1]},
        {"data": [entry("ORD-2024-001", status=201)], "sync_id": "sync_1"},
        {"data": [entry("ORD-2024-001", status="SUCCESS", error=None)], "sync_id": "sync_1"},
        {"data": [entry("ORD-2024-001", rootfi_company_id="1089")], "sync_id": "sync_1"},
    ],
)
def test_known_wrappings_and_record_statuses_of_success_name_an_order(body: dict[str, object]) -> None:
    verdict = judge(batch("ORD-2024-001"), came(207, body))
    assert (said(verdict), verdict.outcomes[0].rootfi_id, verdict.sync_id) == (["created"], 157, "sync_1")
    assert verdict.code is None


def test_numbers_that_come_back_as_integers_compare_as_text() -> None:
    assert said(judge(batch("1001", "01002"), came(200, {"data": [entry(1001)]}))) == ["created", "in_doubt"]


def test_an_order_of_another_company_proves_nothing() -> None:
    assert said(judge(batch("A-1"), came(200, {"data": [entry("A-1", rootfi_company_id=7)]}))) == ["in_doubt"]
    assert said(judge(batch("A-1"), came(200, {"data": [entry("B-9", rootfi_company_id=7)]}))) == ["in_doubt"]


def test_an_order_named_twice_is_created_once_and_noted() -> None:
    verdict = judge(batch("A-1"), came(200, {"data": [entry("A-1", 1), entry("A-1", 2)]}))
    assert (said(verdict), verdict.outcomes[0].rootfi_id) == (["created"], 1)
    assert "2" in str(verdict.outcomes[0].error_message)
    unclear = judge(batch("A-1"), came(200, {"data": [entry("A-1"), {"order_number": "A-1", "error": "no"}]}))
    assert said(unclear) == ["in_doubt"]


@pytest.mark.parametrize(
    "body", [b"[", b'{"data":[{"order_number":"ORD-2024-0', b"[1]", b'{"data":"ok"}', b"\xff", b"null"]
)
def test_an_unreadable_answer_leaves_all_in_doubt(body: bytes) -> None:
    verdict = judge(batch(), came(200, body))
    assert (said(verdict), verdict.code) == (["in_doubt"] * 3, "unreadable_answer")


def test_a_platform_that_renumbers_created_all_and_gives_ids_only_where_unambiguous() -> None:
    sent = Batch(1089, (*batch("A", "B", "D", "E").orders, order("C", "cus_A")))
    customers = ("cus_A", "cus_B", "cus_D", "cus_D", "cus_Z")
    answered = [entry(f"SO-{at}", at, contact_id=customer) for at, customer in enumerate(customers)]
    verdict = judge(sent, came(201, {"data": answered}))
    assert (said(verdict), verdict.code) == (["created"] * 5, "renumbered")
    assert [outcome.rootfi_id for outcome in verdict.outcomes] == [None, 1, None, None, None]
    assert "SO-1" in str(verdict.outcomes[1].error_message)


@pytest.mark.parametrize(
    "answered",
    [
        [entry("SO-1", 1)],  # fewer
        [entry("SO-1", 1), entry("SO-2", 2), entry("SO-3", 3)],  # more
        [entry("SO-1", 1), entry("SO-2", 1)],  # one order, twice
        [entry("SO-1", 1), {"order_number": "SO-2"}],  # no id: perhaps only the request, repeated
        [entry("SO-1", 1), entry("SO-2", 2, error="failed")],
        [{}, {}],
    ],
)
def test_other_numbers_prove_nothing_unless_there_is_one_new_order_for_each(answered: list[object]) -> None:
    assert said(judge(batch("A", "B"), came(200, {"data": answered}))) == ["in_doubt"] * 2


def test_where_some_are_named_the_others_are_in_doubt_though_the_count_is_right() -> None:
    assert said(judge(batch("A", "B"), came(200, {"data": [entry("A"), entry("SO-2", 2)]}))) == ["created", "in_doubt"]


@pytest.mark.parametrize("status", [200, 207, 400, 422])
def test_records_with_results_of_their_own_are_taken_for_what_they_say(status: int) -> None:
    answered = [
        {
            "order_number": "A",
            "status": "failed",
            "error": {"code": "invalid-params", "message": "Invalid field:\n x."},
        },
        {"order_number": "B", "status": 409},
        entry("C", status=200),
        {"order_number": "D", "status": 503, "error": "later"},
        {"order_number": "E", "status": 429},
        entry("F", error="contradicts its id"),
        {"order_number": "G", "error": {"code": "unknown-error"}},
        {"order_number": "H", "status": 408},
        {"order_number": "I", "status": 200, "error": "contradicts its status"},
    ]
    verdict = judge(batch(*"ABCDEFGHI-"), came(status, {"data": answered}))
    assert said(verdict) == ["rejected", "in_doubt", "created", "in_doubt", "pending", *["in_doubt"] * 5]
    assert verdict.outcomes[0][-2:] == ("invalid-params", "Invalid field: x.")
    assert verdict.outcomes[1].error_code == "record-already-exists"
    assert verdict.next is Next.READ_BACK


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"order_number": "ORD-2024-002", "status": 422, "error": {"code": "x-y", "message": "bad"}}]},
        {"error": {"code": "x-y", "message": "Order ORD-2024-002: bad."}},
        {"error_code": "x-y", "message": "bad order ORD-2024-002."},
        {"message": ["data.1.currency_id must be a code"], "error": "x-y"},
        {"code": "x-y", "detail": [{"loc": ["body", "data", 1, "currency_id"], "msg": "Field required"}]},
        {"code": "x-y", "errors": {"/data/1/currency_id": ["bad"]}},
    ],
)
def test_a_refusal_that_names_an_order_rejects_it_and_frees_the_others(body: object) -> None:
    verdict = judge(batch(), came(422, body))
    assert (said(verdict), verdict.next) == (["pending", "rejected", "pending"], Next.SEND_AGAIN)
    assert verdict.outcomes[1].error_code == "x-y"


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (("1", "5", "400", "7"), "Error 400: 1 of 5 is bad"),  # short numbers occur in any text
        (("2024", "7777"), "order_date 2024-01-22 or 2024.50 or x/2024 is bad"),
        (("AB-10", "AB-1000"), "order AB-100 is bad"),
        (("AB-10", "AB-11"), "orders AB-10, AB-11"),  # all of them: perhaps only the request, repeated
        (("AB-10", "AB-11"), "data[2].x, metadata.0.x, data[99999999999999999999]"),
    ],
)
def test_a_refusal_that_may_not_name_an_order_is_halved(numbers: tuple[str, ...], message: str) -> None:
    verdict = judge(batch(*numbers), came(400, {"message": message}))
    assert (said(verdict), verdict.next) == (["pending"] * len(numbers), Next.HALVE)


def test_a_page_of_html_names_no_order() -> None:
    assert judge(batch("2024", "2025"), came(400, b" <html>(c) 2024</html>")).next is Next.HALVE


def test_a_record_that_is_there_already_leaves_the_rest_of_a_refused_batch_free() -> None:
    there = {"order_number": "A", "error": {"message": "Record already exists with given: order_number."}}
    verdict = judge(batch("A", "B"), came(400, {"data": [there]}))
    assert (said(verdict), verdict.next) == (["in_doubt", "pending"], Next.READ_BACK)


def test_the_longest_number_that_fits_is_the_one_that_is_named() -> None:
    verdict = judge(batch("INV 1", "INV 1 B", "INV 2"), came(400, {"message": "INV 1 B is bad"}))
    assert said(verdict) == ["pending", "rejected", "pending"]


def test_a_refusal_that_only_repeats_orders_blames_none_of_them() -> None:
    body = {"message": "bad", "data": [{"order_number": "ORD-2024-001", "status": "pending"}]}
    assert judge(batch(), came(400, body)).next is Next.HALVE


def test_a_refusal_that_created_some_leaves_those_it_does_not_name_in_doubt() -> None:
    body = {"data": [{"order_number": "B", "error": "bad"}, entry("elsewhere")]}
    assert said(judge(batch("A", "B"), came(400, body))) == ["in_doubt", "rejected"]
    assert said(judge(batch("A"), came(400, {"data": [entry("A")]}))) == ["in_doubt"]


@pytest.mark.parametrize("status", [400, 403, 408, 409, 422, 429])
def test_an_order_that_is_there_already_is_never_sent_again_before_a_read_back(status: int) -> None:
    for body in (
        {"error": {"code": "record-already-exists", "message": "ORD-2024-002"}},
        {"message": "Record already exists with given: order_number."},
    ):
        verdict = judge(batch(), came(status, body))
        assert (said(verdict), verdict.next) == (["in_doubt"] * 3, Next.READ_BACK)
        assert verdict.outcomes[0].error_code == "record-already-exists"


def test_a_single_refused_order_carries_the_code_and_words_of_the_api() -> None:
    body = {"error": {"code": "invalid-params", "message": "Invalid  field: \n" + "x" * 900}}
    outcome = judge(batch("A"), came(400, body)).outcomes[0]
    assert (outcome.error_code, outcome.status) == ("invalid-params", "rejected")
    assert outcome.error_message == ("Invalid field: " + "x" * 900)[:500]
    assert judge(batch("A"), came(422, b"no")).outcomes[0][-2:] == ("http_422", "no")
    assert judge(batch("A"), came(413, b"")).outcomes[0].error_code == "too_large"


def test_no_message_repeats_a_header_or_what_a_refused_key_is_told() -> None:
    for status in range(100, 600):
        assert "sk_secret" not in repr(judge(batch(), came(status, {"data": [entry("x")]})))
    assert "sk_secret" not in repr(judge(batch(), came(401, {"message": "Invalid key sk_secret"})))
