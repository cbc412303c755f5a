"""What names and values tell of a column: the usual names of fields, vague ones, status words, country codes.

Case, accents and punctuation do not matter.
"""

from schemas.fields import Entity
from schemas.item_names import LINE_ITEM_NAMES
from schemas.order_names import ORDER_NAMES, Names

NAMES: dict[Entity, Names] = {Entity.ORDER: ORDER_NAMES, Entity.LINE_ITEM: LINE_ITEM_NAMES}

# What may well be meant, but is as often something else.
VAGUE: dict[Entity, Names] = {
    Entity.ORDER: {
        "company_id": {"English": "company, store, shop, merchant, seller id", "German": "Firma", "French": "société"},
        "order_number": {
            "English": "number, reference, ref, document number, transaction id, document no, name, id",
            "German": "Nummer, Nr",
            "French": "numéro, n°",
            "Spanish": "número, nº",
            "Italian": "numero",
            "Dutch": "nummer",
            "Portuguese": "número",
            "Polish": "numer",
        },
        "customer_id": {
            "English": "email, e-mail, email address, e-mail address, customer email, buyer email, customer name, "
            "contact, email billing, billing email",
            "German": "Mail, E-Mail-Adresse, Kundenname",
            "French": "adresse e-mail, courriel, nom du client",
            "Spanish": "correo electrónico, correo, nombre del cliente",
            "Italian": "indirizzo e-mail, nome cliente",
            "Dutch": "e-mailadres, klantnaam",
            "Portuguese": "endereço de e-mail, nome do cliente",
            "Polish": "adres e-mail, nazwa klienta",
        },
        "order_date": {"English": "paid at, paid on date, date paid, payments date, last updated date"},
        "total_amount": {
            "English": "total, amount, sum, subtotal, total sales",
            "German": "Summe, Betrag, Gesamt",
            "French": "montant",
            "Spanish": "importe, monto",
            "Italian": "totale, importo",
            "Dutch": "totaal, bedrag",
            "Portuguese": "valor",
            "Polish": "suma, kwota, razem",
        },
        "status": {"English": "financial status, item status"},
    },
    Entity.LINE_ITEM: {
        "item_id": {"English": "product, name, code, barcode, ean, gtin, upc, id", "German": "Produkt, Bezeichnung"},
        "name": {"English": "name, description, item", "German": "Name, Artikel", "French": "nom", "Polish": "nazwa"},
        "unit_amount": {
            "English": "price, item price, cost, retail price, sold for, product price",
            "German": "Preis",
            "French": "prix",
            "Spanish": "precio",
            "Italian": "prezzo",
            "Dutch": "prijs",
            "Portuguese": "preço",
            "Polish": "cena",
        },
        "total_amount": {
            "English": "total, amount, sum, subtotal, gross sales, item price",
            "German": "Summe, Betrag, Gesamt",
            "French": "montant",
            "Spanish": "importe, monto",
            "Italian": "totale, importo",
            "Dutch": "totaal, bedrag",
            "Portuguese": "valor",
            "Polish": "suma, kwota, razem",
        },
    },
}

# Words of a column that tells how far an order is, in lower case.
STATUS_WORDS = frozenset(
    word.strip()
    for words in (
        "pending, processing, shipped, delivered, canceled, cancelled, completed, complete, open, closed, paid",
        "on-hold, on hold, refunded, failed, draft, new, fulfilled, unfulfilled, partial, returned, confirmed, unpaid",
        "awaiting payment, awaiting shipment, partially shipped, in transit, done, pending payment, unshipped",
        "dispatched, invoiced, offen, neu, bezahlt, versendet, versandt, geliefert, storniert, abgeschlossen, retoure",
        "in bearbeitung, erledigt, payée, payé, expédiée, expédié, livrée, livré, annulée, annulé, en attente",
        "en cours, terminée, remboursée, pagado, enviado, entregado, cancelado, pendiente, en proceso, completado",
        "reembolsado, pagato, spedito, consegnato, annullato, in attesa, in lavorazione, completato, rimborsato",
        "betaald, verzonden, geleverd, geannuleerd, in behandeling, voltooid, pago, enviado, entregue, pendente",
        "opłacone, wysłane, dostarczone, anulowane, w realizacji, nowe, zrealizowane",
    )
    for word in words.split(",")
)

# ISO 3166-1 alpha-2
_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
)
COUNTRIES = frozenset(_CODES.split())
