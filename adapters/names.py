"""Names of files and sheets as they are shown: on one line, whatever is in them."""

import unicodedata


def shown(name: str) -> str:
    r"""Return the name with control characters, line ends and bytes that are no text escaped, such as `\n`."""
    return "".join(map(_letter, name))


def _letter(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    return letter.encode("unicode_escape").decode()
