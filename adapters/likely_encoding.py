# ruff: noqa: RUF001 - here letters and signs are meant as they are
"""The most likely encoding of text that is not UTF-8: the one in which most of its words could stand in a language.

Detectors that go by how often letters occur need more text than a list of names has, and take one encoding's letters
for those of the next. Which letters occur together in one word, and where in it, tells from a few words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from charset_normalizer import from_bytes

WESTERN = {
    "German": "äöüß",
    "French": "àâæçéèêëîïôœùûüÿ",
    "Spanish": "áéíñóúü",
    "Catalan": "àçèéíïòóúü",
    "Portuguese": "àáâãçéêíóôõú",
    "Italian": "àèéìòù",
    "Swedish": "åäöé",
    "Danish": "æøåé",
    "Dutch": "ëéïöüèê",
}
CENTRAL = {
    "German": "äöüß",
    "Hungarian": "áéíóöőúüű",
    "Polish": "ąćęłńóśźż",
    "Czech": "áčďéěíňóřšťúůýž",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Romanian": "ăâîşţșț",
    "Croatian": "čćđšž",
}
CYRILLIC = {"Russian": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "Ukrainian": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'"}
GREEK = {"Greek": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"}
# In order: of two that explain as much, the first is taken. Mac Roman is before cp1250, where its umlauts are letters
# that Polish and Czech have few of.
LANGUAGES = {
    "cp1252": WESTERN | {"Icelandic": "áðéíóúýþæö"},
    "cp850": WESTERN,
    "iso8859_15": WESTERN,
    "mac_roman": WESTERN,
    "cp1250": CENTRAL,
    "iso8859_2": CENTRAL,
    "cp852": CENTRAL,
    "cp437": WESTERN,
    "cp1255": {"Hebrew": "אבגדהוזחטיךכלםמןנסעףפץצקרשת"},  # small letters of cp1251, but for the order of some
    "cp858": WESTERN,
    "cp1251": CYRILLIC,
    "cp866": CYRILLIC,
    "koi8_r": CYRILLIC,
    "mac_cyrillic": CYRILLIC,
    "cp1253": GREEK,
    "cp1254": {"Turkish": "çğıöşüâîû", "German": "äöüß", "French": WESTERN["French"]},
    "cp1257": {"Lithuanian": "ąčęėįšųūž", "Latvian": "āčēģīķļņšūž", "Estonian": "äöõüšž"},
}
LESS_LIKELY = {"Icelandic": 0.8}  # its letters are Turkish ones in cp1254
PIECE = re.compile(rb"[A-Za-z0-9'\x80-\xff]*[\x80-\xff][A-Za-z0-9'\x80-\xff]*")
WORD = re.compile(r"[^\W\d_]+")
PIECES, PIECES_SIZE, SAMPLE = 5_000, 1 << 16, 1 << 15
ENOUGH = 0.5  # of the pieces must be likely, else a detector that knows more languages is asked
WRONG = -1.0
LONE = 0.3  # how likely a letter is that stands alone, compared to a word


def likely_encoding(lines: Sequence[bytes]) -> str | None:
    """Return Python's name of the encoding in which the lines, each with other bytes than ASCII, make most sense.

    None if there is none. cp1252 stands for Latin-1 too, which has the same letters.
    """
    pieces = _pieces(lines)
    scores = {encoding: _score(pieces, encoding) for encoding in LANGUAGES}
    best = max(scores, key=scores.__getitem__)
    if scores[best] >= ENOUGH * len(pieces):
        return best
    match = from_bytes(b"\n".join(lines)[:SAMPLE]).best()
    if match and match.coherence:
        return match.encoding
    return best if scores[best] > 0 else None


def _pieces(lines: Iterable[bytes]) -> list[bytes]:
    """Return different words and signs of the lines, each with the character before and behind it."""
    found: dict[bytes, None] = {}
    size = 0  # what is no text may have "words" of any length
    for line in lines:
        padded = b" " + line + b" "
        for match in PIECE.finditer(padded):
            piece = padded[match.start() - 1 : match.end() + 1]
            size += 0 if piece in found else len(piece)
            found[piece] = None
        if len(found) > PIECES or size > PIECES_SIZE:
            break
    return list(found)


def _score(pieces: Sequence[bytes], encoding: str) -> float:
    score = 0.0
    for piece in pieces:
        try:
            text = piece.decode(encoding)
        except UnicodeDecodeError:
            return -float("inf")
        score += _sense(text, LANGUAGES[encoding])
    return score


def _sense(text: str, languages: Mapping[str, str]) -> float:
    """Return 1 for a piece that is likely, 0 for one that may be, and WRONG for one that makes no sense."""
    inside = range(1, len(text) - 1)
    senses = [_sign_sense(text[at - 1], text[at], text[at + 1]) for at in inside if _is_sign(text[at])]
    for match in WORD.finditer("".join(" " if _is_sign(part) else part for part in text)):
        word, around = match[0], text[match.start() - 1] + text[match.end()]
        if not word.isascii():
            senses.append(WRONG if len(word) == 1 and re.search(r"\d", around) else _word_sense(word, languages))
    return min(senses, default=0.0)


def _is_sign(character: str) -> bool:
    return not character.isascii() and (not character.isalpha() or character in "µºª")


def _word_sense(word: str, languages: Mapping[str, str]) -> float:
    other = [part for part in word if not part.isascii()]
    if any(part.isupper() and not part.isascii() for part in word[1:]) and any(part.islower() for part in word):
        return WRONG  # as in CafÚ
    if any(part.islower() and part != "ß" for part in other) and word[1:] != word[1:].lower():
        return WRONG  # as in MšLLER
    if min(other) >= "\u0370" and len(other) < len(word):
        return WRONG  # Greek or Cyrillic letters among Latin ones
    if re.search(r"õ(?!e)|(?<![aeiouyäöü])ß|[ךםןףץ](?=\w)", word.lower()) and languages is not LANGUAGES["cp1257"]:
        return 0.0
    letters = {letter for letter in word.lower() if not letter.isascii()} - {"\u0307"}  # which İ leaves behind
    known = [LESS_LIKELY.get(language, 1.0) for language, alphabet in languages.items() if letters <= set(alphabet)]
    return max(known, default=0.0) * (1.0 if len(word) > 1 else LONE)


def _sign_sense(before: str, sign: str, after: str) -> float:
    letters = before.isalpha(), after.isalpha()
    for signs, fits in (
        ("€£¥¢½¼¾±×÷•·§", not any(letters)),
        ("°", (before in "Nn" or not letters[0]) and (after in "CF" or not letters[1])),
        ("ºª", before.isdigit() or before in "NnDM.ºª"),
        ("²³¹", before.isalnum() and not letters[1]),
        ("µ", not letters[0] and letters[1]),
        ("®™©…", not letters[1]),
        ("’", before.isalnum()),
        ("„‚‘“«‹¿¡", not before.isalnum() and not after.isspace()),
    ):
        if sign in signs:
            return 1.0 if fits else WRONG
    if sign in "”»›":
        return WRONG if before.isspace() or after.isalnum() else 1.0 if not letters[0] else LONE
    if sign in "–—":
        return LONE if all(letters) else 1.0 if before.isalnum() == after.isalnum() and not any(letters) else WRONG
    if sign == "\xa0":
        return LONE if all(letters) else 1.0
    return WRONG
