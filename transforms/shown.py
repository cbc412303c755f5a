"""Shown: words of an input as they may stand on a terminal or in a comment."""


def printable(text: str) -> str:
    """A text without characters that a terminal would obey, or that cannot be seen: they are written as escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def quoted(text: str, longest: int) -> str:
    """A text in quotes, printable, and cut with an ellipsis where it has more characters than `longest`."""
    return f'"{printable(text if len(text) <= longest else text[: longest - 1] + "…")}"'
