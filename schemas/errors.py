"""The whole tree of errors that end a command, named after what the caller must do.

OrderliftError
 +- Mend             exit 2  wrong usage, settings or unreadable input: nothing was sent
 |   +- UsageError             call the command differently
 |   +- InputError             mend the file, or say how to read it
 |   |   +- NoTable              the sheet is no table of orders; another one of the file may be
 |   +- ProfileError           mend the profile
 +- Resume           exit 3  stopped early: mend the cause, then `orderlift resume`
 |   +- KeyRefused             401, 403, 404: the key, its rights or the base URL
 |   +- NotTrusted             the certificate of the API cannot be verified: whoever answers may be somebody else
 |   +- ApiDown                nothing but failures for longer than --give-up-after
 |   +- TooManyFailures        more than --max-failure-ratio of what was sent
 |   +- WrongMapping           the first single orders were refused alike
 |   +- NoControl              nothing proves that orders can be found again for a company
 |   +- CannotList             the API gives no listing in which orders could be found again
 |   |   +- ListingEndsEarly    the listing has fewer orders than it says
 |   +- CanaryFailed           not all of the first orders were created
 |   +- LedgerError            the ledger cannot be read or written
 |   +- StorageError           the storage of the workspace does not answer
 +- Interrupted      exit 130 a signal came: `orderlift resume`
"""

import re


class OrderliftError(Exception):
    """A problem told in one line, with what to do next; a command that meets it ends with `exit_code`."""

    exit_code = 2

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())

    @property
    def reason(self) -> str:
        """The name of its class as other programs read it, such as `api_down`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class Mend(OrderliftError):  # noqa: N818 - named after what the caller must do
    """Nothing was sent; the caller must change something first."""


class UsageError(Mend):
    """The command or a setting is wrong."""


class InputError(Mend):
    """A file cannot be read as orders; the message names file and sheet."""


class NoTable(InputError):  # noqa: N818 - named after what is wrong
    """A sheet has no row for each order or line item; another sheet of the file may have."""


class ProfileError(Mend):
    """A profile cannot be understood."""


class Resume(OrderliftError):  # noqa: N818 - named after what the caller must do
    """The run stopped early and can be resumed; what was sent is in the ledger."""

    exit_code = 3


class KeyRefused(Resume):
    """The API does not accept the key, its rights or the address."""


class NotTrusted(Resume):
    """The certificate of the API cannot be verified, so whoever answers may be somebody else."""


class ApiDown(Resume):
    """The API could not be reached for longer than allowed."""


class TooManyFailures(Resume):
    """More of the sent orders failed than `max_failure_ratio` allows."""


class WrongMapping(Resume):
    """The first single orders of the run were refused with the same message."""


class NoControl(Resume):
    """The first single orders of a company stay in doubt, so nothing more is sent to it."""


class CannotList(Resume):
    """The orders of a company cannot be read from the API."""


class ListingEndsEarly(CannotList):
    """The listing has fewer orders than its total; it may be better once no orders are created meanwhile."""


class CanaryFailed(Resume):
    """Not all of the orders that were to go out first were created."""


class LedgerError(Resume):
    """The ledger cannot be read or written; nothing is sent without it."""


class StorageError(Resume):
    """A file of a workspace at a URL cannot be read or written."""


class Interrupted(OrderliftError):  # noqa: N818 - an event, not a fault
    """A signal asked the run to stop."""

    exit_code = 130
