"""What is known of a run: run.json, the summary that is printed, and the JSON object of --json."""

from decimal import Decimal
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from schemas.statuses import Status


class State(StrEnum):
    """How far a run has come."""

    PLANNED = "planned"
    DELIVERING = "delivering"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Total(_Frozen):
    """How many orders and line items of a company, currency and status, and the sum of quantity x unit_amount."""

    company_id: str
    currency_id: str
    status: str
    orders: int
    line_items: int
    amount: Decimal


class InputDigest(_Frozen):
    """An input file as it was when the run was planned."""

    name: str
    path: str
    bytes: int
    sha256: str


class RunRecord(_Frozen):
    """run.json: settings without secrets, input digests and counts; rewritten whole when a step ends."""

    run_id: str
    state: State
    message: str = ""  # why it stopped early, and what to do
    reason: str = ""  # the same in a word: the error that stopped it
    base_url: str
    settings: dict[str, object]
    inputs: list[InputDigest]
    notices: list[str] = []  # what planning saw that is no problem but should be known
    planned_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    pruned_at: AwareDatetime | None = None  # since then nothing but this is kept of the run
    orders: dict[Status, int] = {}
    rows: dict[Status, int] = {}
    line_items: int = 0
    companies: int = 0
    problems: int = 0
    problem_codes: dict[str, int] = {}
    requests_needed: int = 0
    least_seconds: float = 0.0  # that the rate limit allows
    requests: int = 0
    totals: list[Total] = []
    planned_totals: list[Total] = []
    told: str = ""  # of which end people were notified
