"""Early stop: what ends a run since only a person can mend it, not waiting."""

import re
from dataclasses import dataclass, field

from flows.ports import Progress
from schemas.delivery import Next, Verdict
from schemas.errors import KeyRefused, NotTrusted, Resume, TooManyFailures, WrongMapping
from schemas.results import Status

RATIO_FROM = 200  # orders sent before max_failure_ratio counts
ALIKE = 3  # single orders refused with one message, before any was created, mean a wrong mapping


@dataclass
class EarlyStop:
    """Looks at each verdict of a delivery, once `progress` has it."""

    progress: Progress
    max_failure_ratio: float
    _refusals: list[str] = field(default_factory=list)  # of single orders, before any was created

    def look(self, verdict: Verdict, said: str) -> None:
        """Raise a Resume error if the run must end; `said` is what the API said of a single order."""
        done = self.progress
        if verdict.next is Next.STOP:
            raise refusal(verdict.http_status, verdict.message)
        only = verdict.outcomes[0]
        if len(verdict.outcomes) == 1 and only.status is Status.REJECTED and not done.created:
            self._refusals.append(re.sub(r"\d+", "", said))
            if len(self._refusals) >= ALIKE and len(set(self._refusals[-ALIKE:])) == 1:
                raise WrongMapping(
                    f"The first {ALIKE} orders were refused alike: {only.error_message}.",
                    "That is a wrong mapping, not wrong rows: mend the profile and run again.",
                )
        if done.settled >= RATIO_FROM and done.rejected > self.max_failure_ratio * done.settled:
            raise TooManyFailures(
                f"{done.rejected:,} of {done.settled:,} orders were rejected, more than --max-failure-ratio allows.",
                "results.csv tells why; resume with a larger ratio to go on.",
            )


def refusal(status: int | None, said: str | None) -> Resume:
    """The error of an answer that refuses all, or of no answer since the certificate could not be verified."""
    if status is None:
        return NotTrusted(
            f"{said or 'The certificate of the API cannot be verified'}.",
            "Check --base-url. A certificate of your own authority is trusted if SSL_CERT_FILE names a file with it.",
        )
    return KeyRefused(
        f"The API answered {status}: {said or 'no reason given'}.",
        "Check the API key, its rights and --base-url, then resume.",
    )
