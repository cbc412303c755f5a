"""A headless Chromium that is on the machine already, and what a page asks of it and complains about."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REQUIRED = "ORDERLIFT_BROWSER"  # set to `required`, a missing browser is a failure
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@dataclass
class Heard:
    """What a page did beside showing itself."""

    requests: list[str] = field(default_factory=list)  # URLs, the page's own included
    complaints: list[str] = field(default_factory=list)  # errors and warnings of the console, and of its scripts


@contextmanager
def launched() -> Iterator["Browser"]:
    """A browser, for as many pages as are needed; skips the test where there is none, unless it is required."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        reason = "no Chromium is installed (apt-get install chromium)"
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only tests in a browser need it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: "Browser", url: str, **context: Any) -> Iterator[tuple["Page", Heard]]:
    """A page in a context of its own, such as viewport={"width": 375, "height": 800}, and what is heard of it."""
    heard = Heard()
    with browser.new_context(**context) as own:
        page = own.new_page()
        page.on("request", lambda request: heard.requests.append(request.url))
        page.on("pageerror", lambda error: heard.complaints.append(str(error)))
        page.on(
            "console", lambda said: heard.complaints.append(said.text) if said.type in {"error", "warning"} else None
        )
        page.goto(url)
        yield page, heard
