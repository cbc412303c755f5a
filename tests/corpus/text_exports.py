"""Text files from bookkeeping, shops and spreadsheet programs of several countries."""

import gzip

from corpus.case import Case, Cases, found
from corpus.writers import FLAT, separated, text

CASES = Cases()

GERMAN = """
[orders]
order_number = "Belegnr."
customer_id = "Kunden-Nr."
order_date = "Belegdatum"
currency_id = "WKZ"
[line_items]
order_number = "Belegnr."
item_id = "Artikel"
name = "Bezeichnung"
quantity = "Menge"
unit_amount = "Einzelpreis"
"""
BELEGE = """
Belegnr.;Kunden-Nr.;Belegdatum;WKZ;Artikel;Bezeichnung;Menge;Einzelpreis
4711;05454;03.04.2024;EUR;A-100;Bürostuhl „Größe L“;2;1.234,56
4711;05454;03.04.2024;EUR;A-200;Fußmatte Käse à la carte;1;19,90
4712;00017;25.04.2024;EUR;A-300;Drehstühle für Empfänge, höhenverstellbar;10;1.200
4713;00017;01.05.2024;EUR;A-400;"Mülltüten; 50 Stück";0,5;4,00
4714;10003;06.05.2024;EUR;A-500;Schlüsselanhänger „Glück auf“;100;0,99
"""


@CASES.add
def german_bookkeeping_cp1252() -> Case:
    return Case(
        {"EXTF_Belege.csv": text(BELEGE, "cp1252")},
        profile=GERMAN,
        orders=4,
        lines=5,
        amounts={"EUR": "14590.02"},
        notices=("cp1252|windows-1252", "day (before|first)", "comma is the decimal"),
        sent={
            "4711": {
                "customer_id": "05454",
                "order_date": "2024-04-03T00:00:00.000Z",
                "line_items.0.name": "Bürostuhl „Größe L“",
                "line_items.1.name": "Fußmatte Käse à la carte",
                "line_items.1.unit_amount": 19.9,
            },
            "4712": {"line_items.0.unit_amount": 1200, "order_date": "2024-04-25T00:00:00.000Z"},
            "4713": {"line_items.0.name": "Mülltüten; 50 Stück", "line_items.0.quantity": 0.5},
        },
    )


@CASES.add
def french_shop_with_a_byte_order_mark() -> Case:
    lines = """
N° de commande;E-mail;Date de commande;Référence;Désignation;Qté;Prix unitaire
CMD-1;élise@exemple.fr;31/12/2025 14:05;R1;Étagère murale;1;12\N{NO-BREAK SPACE}345,67\N{NO-BREAK SPACE}€
CMD-1;élise@exemple.fr;31/12/2025 14:05;R2;Œillets (x100);3;1\N{NARROW NO-BREAK SPACE}099,00\N{NO-BREAK SPACE}€
CMD-2;noe@exemple.fr;02/07/2025 09:30;R3;Crème brûlée;12;4,50\N{NO-BREAK SPACE}€
"""
    profile = """
timezone = "Europe/Paris"
[orders]
order_number = "N° de commande"
customer_id = "E-mail"
order_date = "Date de commande"
[line_items]
order_number = "N° de commande"
item_id = "Référence"
name = "Désignation"
quantity = "Qté"
unit_amount = "Prix unitaire"
[fixed]
currency_id = "EUR"
"""
    return Case(
        {"commandes.csv": text(lines, "utf-8-sig")},
        profile=profile,
        orders=2,
        lines=3,
        amounts={"EUR": "15696.67"},
        notices=("day (before|first)",),
        sent={
            "CMD-1": {"order_date": "2025-12-31T13:05:00.000Z", "line_items.0.unit_amount": 12345.67},
            "CMD-2": {"order_date": "2025-07-02T07:30:00.000Z", "line_items.0.name": "Crème brûlée"},
        },
    )


@CASES.add
def swiss_apostrophes() -> Case:
    lines = """
Order Number,Customer ID,Currency ID,Order Date,Item ID,Quantity,Unit Amount
Z-1,k1,CHF,2024-02-29,a,1,CHF 1'234.50
Z-1,k1,CHF,2024-02-29,b,2,1\N{RIGHT SINGLE QUOTATION MARK}050.00
Z-2,k2,CHF,2024-03-01,a,1,Fr. 89.90
"""
    return Case(
        {"bestellungen.csv": text(lines)},
        orders=2,
        lines=3,
        amounts={"CHF": "3424.4"},
        sent={"Z-1": {"line_items.1.unit_amount": 1050}, "Z-2": {"line_items.0.unit_amount": 89.9}},
    )


@CASES.add
def indian_lakhs() -> Case:
    lines = """
order_number,customer_id,order_date,item_id,quantity,unit_amount
IN/1,c1,31-12-2025,SAREE,1,"₹ 1,23,456.78"
IN/1,c1,31-12-2025,SHAWL,2,"Rs. 12,34,567.00"
IN/2,c2,05-11-2025,SAREE,3,₹999.50
"""
    return Case(
        {"orders.csv": text(lines)},
        profile='[fixed]\ncurrency_id = "INR"\n',
        orders=2,
        lines=3,
        amounts={"INR": "2595589.28"},
        notices=("day (before|first)",),
        sent={"IN/2": {"order_date": "2025-11-05T00:00:00.000Z"}},
    )


@CASES.add
def brazilian_reais() -> Case:
    lines = """
Pedido;Cliente;Data;SKU;Produto;Quantidade;Preço unitário
1001;joão@exemplo.com.br;31/01/2026 08:15:00;CAF;Café torrado;2;R$ 1.234,56
1002;conceição@exemplo.com.br;01/02/2026 23:30:00;PÃO;Pão de açúcar;1;R$ 10,00
"""
    profile = """
timezone = "America/Sao_Paulo"
[orders]
order_number = "Pedido"
customer_id = "Cliente"
order_date = "Data"
[line_items]
order_number = "Pedido"
item_id = "SKU"
name = "Produto"
quantity = "Quantidade"
unit_amount = "Preço unitário"
[fixed]
currency_id = "BRL"
"""
    return Case(
        {"pedidos.csv": text(lines)},
        profile=profile,
        orders=2,
        lines=2,
        amounts={"BRL": "2479.12"},
        sent={
            "1001": {"order_date": "2026-01-31T11:15:00.000Z", "customer_id": "joão@exemplo.com.br"},
            "1002": {"order_date": "2026-02-02T02:30:00.000Z", "line_items.0.item_id": "PÃO"},
        },
    )


def _from_dos() -> str:
    """The orders of a program from before Windows, with enough words for its encoding to be seen."""
    towns = ["München", "Köln", "Düsseldorf", "Nürnberg", "Lübeck", "Göttingen", "Würzburg", "Gießen", "Österreich"]
    goods = ["Gänsefüßchen", "Türschlösser", "Weißblechdosen", "Prüfgeräte", "Kühlschränke", "Bürsten, groß"]
    rows = [
        [
            9000 + n // 2,
            f"Müller & Söhne, {towns[n // 2 % 9]}",
            "EUR",
            "2024-05-06",
            f"T{n % 6}",
            goods[n % 6],
            "2",
            "1,50",
        ]
        for n in range(40)
    ]
    header = ["order number", "customer id", "currency id", "order date", "item id", "name", "quantity", "unit amount"]
    return separated([header, *rows], ";").decode()


@CASES.add
def dos_program_cp850() -> Case:
    return Case(
        {"AUFTRAG.CSV": _from_dos().encode("cp850")},
        orders=20,
        lines=40,
        amounts={"EUR": "120"},
        notices=("cp850|ibm850|cp858",),
        sent={"9000": {"customer_id": "Müller & Söhne, München", "line_items.1.name": "Türschlösser"}},
    )


@CASES.add
def dos_program_cp850_told() -> Case:
    lines = "order_number;customer_id;currency_id;item_id;quantity;unit_amount\n1;Günther;EUR;Öl;2;1,50\n"
    return Case(
        {"AUFTRAG.CSV": text(lines, "cp850")},
        profile='encoding = "cp850"\n',
        orders=1,
        lines=1,
        amounts={"EUR": "3"},
        sent={"1": {"customer_id": "Günther", "line_items.0.item_id": "Öl"}},
    )


@CASES.add
def latin1_told() -> Case:
    rows = [FLAT, ["A", "Bjørn Ægir", "DKK", "2024-01-02", "Rødgrød", "2", "7.25"]]
    return Case(
        {"ordrer.csv": separated(rows, encoding="latin-1")},
        profile='encoding = "latin-1"\n',
        orders=1,
        lines=1,
        amounts={"DKK": "14.5"},
        sent={"A": {"customer_id": "Bjørn Ægir", "line_items.0.item_id": "Rødgrød"}},
    )


@CASES.add
def excel_unicode_text() -> Case:
    rows = [
        FLAT,
        ["Ж-1", "Иван", "RUB", "2024-01-02", "чай", "2", "1,50"],
        ["Ж-2", "王小明", "RUB", "2024-01-03", "茶", "1", "99,00"],
    ]
    return Case(
        {"заказы.csv": separated(rows, "\t", "utf-16")},
        orders=2,
        lines=2,
        amounts={"RUB": "102"},
        notices=("utf-16",),
        sent={"Ж-2": {"customer_id": "王小明", "line_items.0.item_id": "茶"}},
    )


@CASES.add
def old_mac_line_ends() -> Case:
    rows = [[*FLAT, "name"], ["A", "c", "USD", "2024-01-02", "i", "2", "1.5", "two\rlines"]]
    rows += [["B", "c", "USD", "2024-01-02", "i", "1", "x1", "-"], ["C", "c", "USD", "2024-01-02", "i", "1", "1", "-"]]
    return Case(
        {"Mac orders.csv": separated(rows, newline="\r")},
        orders=2,
        lines=2,
        amounts={"USD": "4"},
        invalid=1,
        problems=found("Mac orders.csv", (3, "unit_amount", "not_a_number")),
    )


@CASES.add
def compressed_with_gzip() -> Case:
    rows = [FLAT, *(["A", "c", "USD", "2024-01-02", f"i{n}", n, "0.01"] for n in range(1, 101))]
    return Case(
        {"orders.csv.gz": gzip.compress(separated(rows), mtime=0)}, orders=1, lines=100, amounts={"USD": "50.5"}
    )
