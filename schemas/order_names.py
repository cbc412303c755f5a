"""What shops and people call the fields of an order, in eight languages.

Names stand in one text with commas between them. They are only ever suggested, never applied.
"""

Names = dict[str, dict[str, str]]  # field -> language -> names

ORDER_NAMES: Names = {
    "company_id": {
        "English": "company id, company number, rootfi company id, store id, shop id, merchant id, tenant id",
        "German": "Mandant, Mandantennummer, Firmennummer, Filiale",
        "French": "numéro de société, identifiant société, code société",
        "Spanish": "id de empresa, código de empresa",
        "Italian": "codice azienda, id azienda",
        "Dutch": "bedrijfsnummer, filiaalnummer",
        "Portuguese": "id da empresa, código da empresa",
        "Polish": "numer firmy, id firmy",
    },
    "order_number": {
        "English": "order, order no, order nr, order num, order #, order id, order ref, order reference, order code, "
        "sales order, sales order number, sales order no, so number, so no, sales record number, amazon order id, "
        "purchase order number, po number, increment id, invoice no, invoice number, order name",
        "German": "Bestellnummer, Bestell-Nr, Bestellnr, Bestellung, Auftragsnummer, Auftrags-Nr, Auftragsnr, Auftrag, "
        "Belegnummer, Beleg-Nr, Belegnr, Rechnungsnummer, Vorgangsnummer, Bestell-ID",
        "French": "numéro de commande, n° de commande, n° commande, num commande, no commande, commande, "
        "référence commande, référence de commande, réf commande, id commande, numéro commande",
        "Spanish": "pedido, número de pedido, n.º de pedido, nº pedido, núm pedido, no pedido, id pedido, "
        "id de pedido, referencia del pedido, número pedido, orden, número de orden",
        "Italian": "ordine, numero ordine, n. ordine, nr ordine, num ordine, id ordine, numero d'ordine, "
        "codice ordine, riferimento ordine",
        "Dutch": "bestelnummer, bestelnr, ordernummer, ordernr, bestelling, bestelling nummer, order-id",
        "Portuguese": "número do pedido, nº do pedido, encomenda, número da encomenda, nº encomenda, código do pedido",
        "Polish": "numer zamówienia, nr zamówienia, zamówienie, id zamówienia",
    },
    "customer_id": {
        "English": "customer, customer no, customer number, customer #, customer code, customer ref, cust id, "
        "cust no, client, client id, client no, buyer, buyer id, account number, account no, contact id, user id, "
        "buyer username, debtor",
        "German": "Kunde, Kundennummer, Kunden-Nr, Kundennr, Kunden-ID, Käufer, Debitor, Debitorennummer, Debitor-Nr",
        "French": "client, numéro client, n° client, numéro de client, code client, id client, acheteur, compte client",
        "Spanish": "cliente, número de cliente, nº cliente, código de cliente, id cliente, id de cliente, comprador",
        "Italian": "cliente, codice cliente, numero cliente, id cliente, acquirente",
        "Dutch": "klant, klantnummer, klantnr, klant-id, debiteur, debiteurnummer, koper",
        "Portuguese": "cliente, código do cliente, número do cliente, id do cliente, comprador",
        "Polish": "klient, numer klienta, nr klienta, id klienta, kod klienta, kupujący, kontrahent",
    },
    "currency_id": {
        "English": "currency, currency code, currency iso, currency iso code, order currency, ccy, curr, iso currency",
        "German": "Währung, Währungscode, Währungskürzel, Währungskennzeichen, Waehrung",
        "French": "devise, code devise, monnaie",
        "Spanish": "moneda, divisa, código de moneda",
        "Italian": "valuta, codice valuta, divisa",
        "Dutch": "valuta, munteenheid, valutacode",
        "Portuguese": "moeda, código da moeda",
        "Polish": "waluta, kod waluty",
    },
    "order_date": {
        "English": "date, order date, ordered at, ordered on, date ordered, order placed, placed at, placed on, "
        "purchase date, date of purchase, sale date, sales date, created at, created on, creation date, date created, "
        "order created, order time, processed at, invoice date, transaction date, order datetime",
        "German": "Datum, Bestelldatum, Bestellt am, Auftragsdatum, Kaufdatum, Belegdatum, Rechnungsdatum, "
        "Erstellt am, Erfassungsdatum",
        "French": "date de commande, date commande, date de la commande, commandé le, date d'achat, créé le",
        "Spanish": "fecha, fecha de pedido, fecha del pedido, fecha pedido, fecha de compra, fecha de creación",
        "Italian": "data, data ordine, data dell'ordine, data acquisto, data d'ordine",
        "Dutch": "datum, besteldatum, orderdatum, aankoopdatum, besteld op",
        "Portuguese": "data, data do pedido, data da encomenda, data da compra",
        "Polish": "data, data zamówienia, data zakupu, data utworzenia, data złożenia zamówienia",
    },
    "status": {
        "English": "order status, state, order state",
        "German": "Bestellstatus, Auftragsstatus, Zustand",
        "French": "statut, état, statut de la commande, état de la commande, statut commande",
        "Spanish": "estado, estado del pedido, estado de pedido",
        "Italian": "stato, stato ordine, stato dell'ordine",
        "Dutch": "bestelstatus, orderstatus",
        "Portuguese": "estado, situação, status do pedido, estado da encomenda",
        "Polish": "stan, status zamówienia, stan zamówienia",
    },
    "payment_status": {
        "English": "financial status, paid status, payment state",
        "German": "Zahlungsstatus, Bezahlstatus",
        "French": "statut du paiement, statut de paiement, état du paiement",
        "Spanish": "estado del pago, estado de pago",
        "Italian": "stato pagamento, stato del pagamento",
        "Dutch": "betaalstatus, betalingsstatus",
        "Portuguese": "status do pagamento, estado do pagamento",
        "Polish": "status płatności",
    },
    "fulfillment_status": {
        "English": "fulfilment status, shipping status, shipment status, delivery status",
        "German": "Lieferstatus, Versandstatus",
        "French": "statut de livraison, état de la livraison, statut d'expédition",
        "Spanish": "estado del envío, estado de envío, estado de la entrega",
        "Italian": "stato spedizione, stato della spedizione",
        "Dutch": "verzendstatus, leverstatus",
        "Portuguese": "status de entrega, status do envio",
        "Polish": "status wysyłki, status dostawy",
    },
    "total_amount": {
        "English": "order total, grand total, total price, total order, order amount, invoice total, total incl tax, "
        "total value, order value",
        "German": "Gesamtbetrag, Gesamtsumme, Bestellsumme, Auftragssumme, Rechnungsbetrag, Endbetrag, Bestellwert",
        "French": "total de la commande, montant total, total ttc, total commande, montant de la commande",
        "Spanish": "importe total, total del pedido, total pedido, monto total",
        "Italian": "totale ordine, importo totale, totale dell'ordine",
        "Dutch": "totaalbedrag, ordertotaal, totaal bestelling",
        "Portuguese": "valor total, total do pedido, total da encomenda",
        "Polish": "kwota całkowita, wartość zamówienia, suma zamówienia",
    },
    "total_discount": {
        "English": "discounts, order discount, discount total, total discounts, cart discount",
        "German": "Gesamtrabatt, Rabattsumme, Bestellrabatt",
        "French": "remise totale, total remise, total des remises",
        "Spanish": "descuento total, total descuento",
        "Italian": "sconto totale, totale sconto",
        "Dutch": "totale korting, korting totaal",
        "Portuguese": "desconto total, total de descontos",
        "Polish": "rabat łączny, suma rabatów",
    },
    "total_tax": {
        "English": "taxes, order tax, tax total, total taxes, total vat, vat total, sales tax",
        "German": "Steuerbetrag, Mehrwertsteuer, Umsatzsteuer, Steuern, Gesamtsteuer, MwSt-Betrag",
        "French": "total taxes, montant tva, total tva, taxes",
        "Spanish": "impuestos, total impuestos, total iva, importe iva",
        "Italian": "imposte, totale iva, totale imposte",
        "Dutch": "btw-bedrag, totaal btw, belastingen",
        "Portuguese": "impostos, total de impostos",
        "Polish": "kwota vat, podatek łącznie",
    },
    "shipping_amount": {
        "English": "shipping, shipping cost, shipping costs, shipping price, shipping total, shipping charge, freight, "
        "postage, delivery fee, delivery cost, shipping fee, shipping and handling, order shipping",
        "German": "Versandkosten, Versand, Porto, Lieferkosten, Fracht, Frachtkosten",
        "French": "frais de port, frais de livraison, port, frais d'expédition",
        "Spanish": "gastos de envío, envío, coste de envío, costo de envío, portes",
        "Italian": "spese di spedizione, spedizione, costo spedizione",
        "Dutch": "verzendkosten, bezorgkosten, verzending",
        "Portuguese": "frete, portes, custo de envio, valor do frete",
        "Polish": "koszt wysyłki, koszt dostawy, wysyłka",
    },
}

# An address is named by whose it is and by a part, in either order: Billing City, Ville de facturation, Liefer-PLZ.
ADDRESSES: Names = {
    "shipping_address": {
        "English": "shipping, ship, ship to, delivery, recipient, shipping address",
        "German": "Liefer, Lieferung, Versand, Lieferadresse",
        "French": "livraison, expédition",
        "Spanish": "envío, entrega",
        "Italian": "spedizione, consegna",
        "Dutch": "verzend, bezorg, aflever, verzending",
        "Portuguese": "entrega, envio",
        "Polish": "dostawy, wysyłki",
    },
    "billing_address": {
        "English": "billing, bill, bill to, invoice, payment, billing address",
        "German": "Rechnungs, Rechnung, Rechnungsadresse",
        "French": "facturation",
        "Spanish": "facturación",
        "Italian": "fatturazione",
        "Dutch": "factuur, facturatie",
        "Portuguese": "faturamento, faturação, cobrança",
        "Polish": "rozliczeniowy, faktury",
    },
}
PARTS: Names = {
    "street": {
        "English": "street, address, address 1, address1, address line 1, street address, address 1&2, street 1",
        "German": "Straße, Strasse, Adresse, Anschrift, Straße und Hausnummer",
        "French": "adresse, rue, adresse 1",
        "Spanish": "dirección, calle, dirección 1",
        "Italian": "indirizzo, via, indirizzo 1",
        "Dutch": "straat, adres",
        "Portuguese": "endereço, morada, rua",
        "Polish": "adres, ulica",
    },
    "city": {
        "English": "city, town",
        "German": "Ort, Stadt, Wohnort",
        "French": "ville",
        "Spanish": "ciudad, población, localidad",
        "Italian": "città, comune",
        "Dutch": "plaats, stad, woonplaats",
        "Portuguese": "cidade, localidade",
        "Polish": "miasto, miejscowość",
    },
    "state": {
        "English": "state, province, region, state code, county, province code",
        "German": "Bundesland",
        "French": "région, département",
        "Spanish": "provincia",
        "Italian": "provincia, regione",
        "Dutch": "provincie",
        "Portuguese": "distrito, uf",
        "Polish": "województwo",
    },
    "postal_code": {
        "English": "postal code, postcode, post code, zip, zip code, zipcode",
        "German": "PLZ, Postleitzahl",
        "French": "code postal, cp",
        "Spanish": "código postal, cp",
        "Italian": "cap, codice postale",
        "Dutch": "postcode",
        "Portuguese": "código postal, cep",
        "Polish": "kod pocztowy",
    },
    "country": {
        "English": "country, country code, country iso, country region",
        "German": "Land, Ländercode, Länderkürzel, Staat",
        "French": "pays, code pays",
        "Spanish": "país, código de país",
        "Italian": "paese, nazione, stato",
        "Dutch": "landcode, land",
        "Portuguese": "código do país, país",
        "Polish": "kraj, kod kraju",
    },
}
