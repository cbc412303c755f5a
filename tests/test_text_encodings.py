# ruff: noqa: RUF001 - here letters and signs are meant as they are
"""Encodings: the text of a file is what was written, whatever bytes stand for it, and a guess is told."""

from pathlib import Path

import pytest

from adapters.encodings import decode
from adapters.likely_encoding import likely_encoding
from adapters.text_files import read_text
from schemas.errors import InputError
from schemas.tables import InputFile, ReadOptions

WORDS = {
    "German": "Müller Jäger Köln München Österreich Straße Größe Grün Weiß Äpfel Käse Löwe Tür MÜLLER KÖLN",
    "French": "Café Crème Père Noël François Hélène Élodie Forêt Hôtel Besançon Île Château Garçon Déjà Août Zoé",
    "Spanish": "España Señor Niño Muñoz Peña García López José María Málaga León Camión Azúcar Jamón Núñez",
    "Portuguese": "São Paulo João Conceição Magalhães Simões Guimarães Açúcar Maçã Pão Brasília Paraná Câmara",
    "Swedish": "Ångström Göteborg Malmö Västerås Örebro Sjöberg Åkesson Håkan Skåne Smörgås Växjö",
    "Danish": "Jørgen Søren Ærø Ålborg Kjær Rødovre Køge Sørensen Æbler Rødgrød Fløde Øst Århus Blåbær",
    "Italian": "Città Perché Caffè Niccolò Più Forlì Università Così Tè Tiramisù Virtù Lunedì Papà",
    "of everywhere": "Müller São Ångström Café Jørgen Muñoz François",
    "Hungarian": "Gödöllő Győr Szűcs Kőműves Erdő Pécs Tűz Őri Üveg Tóth Szabó Esernyő Gyűrű",
    "Polish": "Łódź Kraków Gdańsk Poznań Częstochowa Wąż Żabka Toruń Zieliński Wójcik Jabłko Mąka",
    "Czech": "Dvořák Plzeň Česká Němec Kučera Růžička Příbram Jiří Děčín Třebíč Havlíček Řezník",
    "Russian": "Москва Иванов Петров Чай Чашка Наталья Казань Новосибирск Товар Цена Заказ",
    "Greek": "Αθήνα Θεσσαλονίκη Γιώργος Καφές Ελλάδα Ηράκλειο",
    "Turkish": "İstanbul Şişli Çağlayan Güneş Yıldız Öğretmen Kadıköy Ağaç Işık Gümüş",
    "Hebrew": "הזמנה מוצר תה ירוק כוס כחולה גדולה ירושלים",
}
WEST = ("German", "French", "Spanish", "Portuguese", "Swedish", "Danish", "Italian", "of everywhere")
CASES = [
    *((language, encoding) for language in WEST for encoding in ("cp1252", "latin_1", "cp850", "mac_roman")),
    *((language, "cp437") for language in ("German", "Spanish")),
    *(
        (language, encoding)
        for language in ("Hungarian", "Polish", "Czech")
        for encoding in ("cp1250", "iso8859_2", "cp852")
    ),
    *(("Russian", encoding) for encoding in ("cp1251", "koi8_r", "cp866")),
    ("Greek", "cp1253"),
    ("Turkish", "cp1254"),
    ("Hebrew", "cp1255"),
]


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_words_tell_their_encoding(language: str, encoding: str) -> None:
    text = "order;customer\n" + "".join(f"{row};{word} Ltd\n" for row, word in enumerate(WORDS[language].split()))
    decoded, [notice] = decode("orders.csv", text.encode(encoding), None)
    assert decoded.decode() == text
    assert notice.startswith("orders.csv is not UTF-8: read as ")


@pytest.mark.parametrize("word", [word for language in WEST for word in WORDS[language].split() if not word.isascii()])
def test_one_word_in_cp1252_is_enough(word: str) -> None:
    assert decode("orders.csv", f"a,b\n1,{word}\n".encode("cp1252"), None)[0].decode() == f"a,b\n1,{word}\n"


@pytest.mark.parametrize(
    "word", ["Müller", "Gödöllö", "Café", "Ångström", "São José", "Søren", "España", "Köln", "Bäcker"]
)
def test_one_word_in_cp850_is_not_taken_for_cp1252(word: str) -> None:
    assert decode("orders.csv", f"a,b\n1,{word}\n".encode("cp850"), None)[0].decode() == f"a,b\n1,{word}\n"


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859_15", "mac_roman"])
@pytest.mark.parametrize("price", ["12,50 €", "€ 9.99", "€5", "Price (€)", "100€"])
def test_signs_of_money_stand_by_numbers(price: str, encoding: str) -> None:
    text = f"Größe;Preis\nÜber 5;{price}\nKäse;{price}\n"
    assert decode("orders.csv", text.encode(encoding), None)[0].decode() == text


@pytest.mark.parametrize(
    "text",
    ["Lego™", "Men’s shirt", "“Best” cup", "Tea – green", "Size 5½", "20 °C", "L’Oréal", "£5.00", "Paket…", "5 m²"],
)
def test_signs_of_cp1252_are_known_by_what_stands_around_them(text: str) -> None:
    assert likely_encoding([text.encode("cp1252")]) == "cp1252"


def test_what_was_found_is_told_with_an_example_of_the_file() -> None:
    data = "a,b\n1,2\n3,Frau Müller\n".encode("cp1252")
    [grid] = read_text(InputFile(Path("x.csv"), "in/x.csv", len(data), ""), data, ReadOptions())
    assert grid.notices == (
        'in/x.csv is not UTF-8: read as cp1252 (line 3: "Müller"); set encoding in a profile if that is wrong.',
    )


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-8-sig", "cp1252"),
        ("utf-16", None),
        ("utf-16", "cp1252"),
        ("utf-32", None),
        ("cp1252", "cp1252"),
        ("utf-16-be", "utf-16-be"),
        ("cp037", "cp037"),
    ],
)
def test_a_mark_or_what_is_told_needs_no_guess(encoding: str, told: str | None) -> None:
    text = "a,b\r\n1,Müller\r\n"
    decoded, notices = decode("orders.csv", text.encode(encoding), told)
    assert decoded == text.encode()
    told_of = [f"orders.csv is read as {encoding}, as its byte order mark says."]
    assert list(notices) == (told_of if encoding in ("utf-16", "utf-32") else [])


def test_utf_8_with_a_line_that_is_none_is_refused_by_that_line() -> None:
    lines = [b"order,name\n", *["1,Müller\n".encode()] * 30, "2,Müller\n".encode("cp1252")]
    with pytest.raises(InputError, match="not utf-8 text: line 32 has other bytes"):
        decode("orders.csv", b"".join(lines), None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("word", ["Tea", "Чай", "緑茶"])
def test_utf_16_is_known_without_a_mark(encoding: str, word: str) -> None:
    text = f"order,product\n1,{word}\n2,{word}\n"
    decoded, [notice] = decode("orders.csv", text.encode(encoding), None)
    assert decoded.decode() == text
    assert f"has no byte order mark: read as {encoding}" in notice


def test_languages_that_are_not_known_here_are_left_to_a_detector() -> None:
    text = "订单号,产品,数量\n1,绿茶和咖啡,2\n2,中国杯子和勺子,3\n" * 20
    assert decode("orders.csv", text.encode("gb18030"), None)[0].decode() == text


def test_text_over_many_blocks_is_decoded_as_one() -> None:
    text = "a,b\n" + "é,5€\n" * 1_500_000
    for encoding in ("cp1252", "utf-16"):
        assert decode("orders.csv", text.encode(encoding), None)[0].decode() == text


@pytest.mark.parametrize(
    ("data", "told", "says"),
    [
        (b"\xef\xbb\xbfa,b\n3,\xe9\n", None, "is not utf-8 text: line 2 has other bytes. Set `encoding`"),
        (b"a,b\n1,2\n3,\xe9\n", "utf-8", "is not utf-8 text: line 3 has other bytes"),
        (b"a,b\n1,\x81,x\n", "cp1252", "is not cp1252 text: line 2 has other bytes"),
        (b"a,b\n" * 2_000_000 + b"\x81", "cp1252", "is not cp1252 text: line 2000001 has other bytes"),
        (b"\xff\xfea\0,\0b\0\n\0\xd8\xd8", None, "is not utf-16 text: line 2"),
        (b"\xdb\xb2,\xb1\xb1\xb2\xdb\n", None, "is not utf-8 text: line 1"),
        (b"a,b\n", "klingon", "there is no text encoding klingon"),
        (b"a,b\n", "hex", "there is no text encoding hex"),
        (b"a,b\n1,2\n\0,3\n", None, "line 3 has a NUL byte. If it is text: Set `encoding`"),
        ("a,b\n\0,2\n".encode("utf-16"), None, "line 2 has a NUL byte"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_a_remedy(data: bytes, told: str | None, says: str) -> None:
    with pytest.raises(InputError) as raised:
        decode("orders.csv", data, told)
    assert "orders.csv" in raised.value.message
    assert says in str(raised.value)
    assert raised.value.remedy


def test_an_encoding_that_cannot_replace_what_it_does_not_know_is_refused_too() -> None:
    with pytest.raises(InputError, match="not idna text: line 2 has other bytes"):
        decode("orders.csv", "a,b\nMüller,1\n".encode(), "idna")
