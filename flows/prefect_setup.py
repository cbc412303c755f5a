"""Prefect's surroundings, looked at and set without importing it: is an API configured, and keep its noise away."""

import os
import tomllib
from pathlib import Path

# Prefect reads its settings when it is imported. Its logs still reach its UI; only the console is quiet.
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_CLI_PROMPT": "false",
}


def is_configured() -> bool:
    """Whether a Prefect API is set up, by PREFECT_API_URL or by the active profile."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    home = Path(os.environ.get("PREFECT_HOME", Path.home() / ".prefect"))
    try:
        profiles = tomllib.loads((home / "profiles.toml").read_text())
    except (OSError, tomllib.TOMLDecodeError):
        return False
    name = os.environ.get("PREFECT_PROFILE", profiles.get("active", ""))
    return bool(profiles.get("profiles", {}).get(name, {}).get("PREFECT_API_URL"))


def quiet(home: Path) -> None:
    """Set what keeps Prefect quiet and offline; without a configured API its data lives in `home`."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if not is_configured():
        os.environ.setdefault("PREFECT_HOME", str(home.absolute()))
