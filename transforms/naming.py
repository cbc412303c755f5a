"""Names: what a header may stand for, by what shops and people call the fields of an order."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from iso4217 import Currency

from schemas.fields import FIELDS, Entity
from schemas.order_names import ADDRESSES, PARTS, Names
from schemas.suggestion import Suggestion
from schemas.synonyms import NAMES, VAGUE
from transforms.headers import base_name

USUAL, MAYBE, HOMELESS = 0.9, 0.6, 0.5  # a usual name, a vague one, a part of an address that does not say whose
PLAIN = USUAL
SHORTENED = 0.9  # times this where only a part of the header is such a name
CLOSE, CLOSEST = 0.85, 0.6  # how much of its spelling a name must share, and how sure it is if it shares all but a bit
LONG = 5  # shorter names are close to everything
JOINTS = ("", "de", "di", "do", "da", "van", "a")  # Ville de livraison, Indirizzo di spedizione
TAIL = frozenset({"in", "en", "utc", "gmt"} | {currency.value.casefold() for currency in Currency})
OWNERS = (
    (re.compile(r"^(?:line ?items?|line|item|position|zeile|ligne|artikel)\b", re.IGNORECASE), Entity.LINE_ITEM),
    (re.compile(r"^(?:orders?|bestell\w*|auftrags?|commande|pedido|ordine)\b", re.IGNORECASE), Entity.ORDER),
)


@dataclass(frozen=True)
class _Meaning:
    entity: Entity
    field: str
    language: str
    confidence: float


def by_name(header: str) -> list[Suggestion]:
    """The fields that a header may stand for by its name alone, the likeliest first."""
    close = () if (named := _by_meaning(header)) else _by_closeness(header, fold(base_name(header)))
    return named or sorted(close, key=lambda one: -one.confidence)


def _by_meaning(header: str) -> list[Suggestion]:
    """The fields that have the header, or a part of it, as a name."""
    named = base_name(header)
    found: dict[tuple[Entity, str], Suggestion] = {}
    for form, owner, weight in _forms(named):
        meanings = [one for one in _known().get(form, ()) if owner in (None, one.entity)]
        for key in dict.fromkeys((one.entity, one.field) for one in meanings):
            if key not in found:
                mine = [one for one in meanings if (one.entity, one.field) == key]
                best = max(one.confidence for one in mine)
                languages = [one.language for one in mine if one.confidence == best]
                reason = _reason(key[1], languages, best)
                found[key] = Suggestion(*key, header, reason, round(best * weight, 3))
    return sorted(found.values(), key=lambda one: -one.confidence)


def means_something(header: str) -> bool:
    """Whether a header is plainly the name of a field in one of the languages."""
    return any(one.confidence >= PLAIN for one in _by_meaning(header)[:1])


def fold(header: str) -> str:
    """A header without case, accents, spaces and punctuation, with `#` as number: `N° de commande` is nodecommande."""
    plain = header.replace("#", " number ").replace("°", "o").replace("ł", "l").replace("Ł", "L")
    return "".join(char for char in unicodedata.normalize("NFKD", plain).casefold() if char.isalnum())


def words_of(field: str) -> str:
    """A field as a person says it: `order number`, `shipping city`, `customer`, `item name`."""
    return (
        f"item {field}"
        if field in ("name", "description")
        else field.replace("_address.", " ").removesuffix("_id").replace("_", " ")
    )


def _forms(header: str) -> Iterator[tuple[str, Entity | None, float]]:
    """The spellings to look up, the whole header first; with the entity that a prefix names, and a weight."""
    yield fold(header), None, 1.0
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", header))
    words = [word for word in re.split(r"[\s_.:/-]+", spaced) if fold(word)]
    while len(words) > 1 and fold(words[-1]) in TAIL:
        words.pop()
    short = " ".join(words)
    yield fold(short), None, SHORTENED
    for prefix, entity in OWNERS:
        rest = prefix.sub("", short)
        if rest != short and fold(rest):
            yield fold(rest), entity, SHORTENED


def _reason(field: str, languages: Sequence[str], confidence: float) -> str:
    said = words_of(field)
    if confidence == HOMELESS:
        return f"a {said.split(maxsplit=1)[1]}, but it does not say whose"
    if confidence == MAYBE:
        return "may mean that"
    *others, last = dict.fromkeys(languages)
    spoken = f"{', '.join(others)} or {last}" if others else last
    return "a usual name" if "English" in languages or not spoken else f"{spoken} for {said}"


def _by_closeness(header: str, folded: str) -> list[Suggestion]:
    """The fields whose name, or a usual name of theirs, is spelled nearly as the header."""
    if len(folded) < LONG:
        return []
    close = difflib.get_close_matches(folded, _long_names(), n=3, cutoff=CLOSE)
    found: dict[tuple[Entity, str], Suggestion] = {}
    for name in close:
        ratio = difflib.SequenceMatcher(None, folded, name).ratio()
        for one in _known()[name]:
            reason = f"close to {_spelled(name, one)}"
            found.setdefault(
                (one.entity, one.field), Suggestion(one.entity, one.field, header, reason, round(CLOSEST * ratio, 3))
            )
    return list(found.values())


def _spelled(name: str, meaning: _Meaning) -> str:
    """The name as it is usually written."""
    if fold(meaning.field) == name:
        return meaning.field
    written = _names(NAMES[meaning.entity].get(meaning.field, {}).get(meaning.language, ""))
    return next((f'"{one}"' for one in written if fold(one) == name), meaning.field)


@cache
def _known() -> Mapping[str, tuple[_Meaning, ...]]:
    """What each folded name may mean: the first of what is said of a field in a language."""
    known: dict[str, dict[tuple[Entity, str, str], _Meaning]] = {}
    for name, meaning in (*_fields(), *_addresses()):
        known.setdefault(fold(name), {}).setdefault((meaning.entity, meaning.field, meaning.language), meaning)
    return {name: tuple(meanings.values()) for name, meanings in known.items()}


def _fields() -> Iterator[tuple[str, _Meaning]]:
    for entity in Entity:
        for field in FIELDS[entity]:
            if field != "name":  # orders have names too, and more often
                yield field, _Meaning(entity, field, "", USUAL)
        for names, confidence in ((NAMES[entity], USUAL), (VAGUE[entity], MAYBE)):
            for field, language, name in _listed(names):
                yield name, _Meaning(entity, field, language, confidence)


def _addresses() -> Iterator[tuple[str, _Meaning]]:
    for part, language, name in _listed(PARTS):
        for address, owners in ADDRESSES.items():
            meaning = _Meaning(Entity.ORDER, f"{address}.{part}", language, USUAL)
            for owner in _names(owners[language]):
                yield f"{owner} {name}", meaning
                yield from ((f"{name} {joint} {owner}", meaning) for joint in JOINTS)
        yield name, _Meaning(Entity.ORDER, f"shipping_address.{part}", language, HOMELESS)


@cache
def _long_names() -> list[str]:
    """The usual names that are long enough to be compared; those of addresses are too many."""
    usual = (fold(name) for entity in Entity for field, _, name in _listed(NAMES[entity]) if "." not in field)
    own = (fold(field) for entity in Entity for field in FIELDS[entity])
    return [name for name in dict.fromkeys([*own, *usual]) if len(name) >= LONG]


def _listed(names: Names) -> Iterator[tuple[str, str, str]]:
    for field, languages in names.items():
        for language, listed in languages.items():
            for name in _names(listed):
                yield field, language, name


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]
