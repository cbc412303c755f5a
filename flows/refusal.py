"""Refusal: what stops a run at once, since no waiting mends it."""

from schemas.errors import KeyRefused, NotTrusted, Resume


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
