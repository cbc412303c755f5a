"""What shops and people call the fields of a line item, in eight languages.

Names stand in one text with commas between them. They are only ever suggested, never applied.
"""

from schemas.order_names import Names

LINE_ITEM_NAMES: Names = {
    "item_id": {
        "English": "sku, item, item no, item number, item #, item code, item sku, product id, product code, "
        "product no, product number, product sku, article, article number, article no, part number, part no, asin, "
        "listing id, stock code, material, material number, custom label",
        "German": "Artikelnummer, Artikel-Nr, Artikelnr, Artikel, Art-Nr, Artnr, Produktnummer, Produkt-ID, "
        "Materialnummer, Artikelcode",
        "French": "référence, réf, référence produit, réf produit, référence article, code article, code produit, "
        "article, id produit",
        "Spanish": "artículo, código de artículo, código artículo, código de producto, referencia, ref producto, "
        "id producto, código",
        "Italian": "articolo, codice articolo, codice prodotto, id prodotto, riferimento prodotto",
        "Dutch": "artikel, artikelnummer, artikelnr, artikelcode, productcode, productnummer",
        "Portuguese": "código do produto, referência, artigo, id do produto, código do artigo",
        "Polish": "numer artykułu, kod produktu, id produktu, artykuł, indeks, symbol",
    },
    "variant_id": {
        "English": "variant, variation id, variant sku, variation, product variation",
        "German": "Variante, Varianten-ID, Variantennummer",
        "French": "variante, id variante, déclinaison",
        "Spanish": "variante, id variante",
        "Italian": "variante, id variante",
        "Dutch": "variant-id, variantnummer",
        "Portuguese": "variante, variação",
        "Polish": "wariant, id wariantu",
    },
    "name": {
        "English": "item name, product name, product, product title, item title, title, line item name, article name",
        "German": "Artikelname, Produktname, Artikelbezeichnung, Bezeichnung, Produkt",
        "French": "nom du produit, désignation, libellé, nom de l'article, produit, nom produit",
        "Spanish": "nombre del producto, producto, nombre artículo, nombre del artículo",
        "Italian": "nome prodotto, prodotto, nome articolo, denominazione",
        "Dutch": "productnaam, artikelnaam, product, omschrijving artikel",
        "Portuguese": "nome do produto, produto, nome do artigo",
        "Polish": "nazwa produktu, produkt, nazwa towaru, nazwa artykułu, towar",
    },
    "description": {
        "English": "item description, product description, line description, details",
        "German": "Beschreibung, Artikelbeschreibung, Artikeltext, Positionstext",
        "French": "descriptif, description produit",
        "Spanish": "descripción, descripción del producto",
        "Italian": "descrizione, descrizione articolo, descrizione prodotto",
        "Dutch": "omschrijving, beschrijving",
        "Portuguese": "descrição, descrição do produto",
        "Polish": "opis, opis produktu",
    },
    "quantity": {
        "English": "qty, quantity ordered, qty ordered, ordered qty, quantity purchased, units, pieces, pcs, count, "
        "item quantity, order quantity, no of units",
        "German": "Menge, Anzahl, Stück, Stückzahl, Bestellmenge",
        "French": "quantité, qté, nombre, quantité commandée",
        "Spanish": "cantidad, cant, unidades",
        "Italian": "quantità, qtà, pezzi, q.tà",
        "Dutch": "aantal, hoeveelheid, stuks",
        "Portuguese": "quantidade, qtd, qtde, unidades",
        "Polish": "ilość, liczba, sztuk, liczba sztuk",
    },
    "unit_amount": {
        "English": "unit price, price per unit, unit cost, price each, item cost, item rate, rate, sales price, "
        "selling price, net unit price, list price, wholesale price",
        "German": "Einzelpreis, Stückpreis, Preis pro Stück, Preis je Stück, E-Preis, VK-Preis, Verkaufspreis, "
        "Artikelpreis",
        "French": "prix unitaire, prix à l'unité, pu, pu ht, prix de vente, prix unitaire ht",
        "Spanish": "precio unitario, precio por unidad, precio unidad, p. unitario, precio de venta",
        "Italian": "prezzo unitario, prezzo per unità, prezzo di vendita",
        "Dutch": "stukprijs, prijs per stuk, eenheidsprijs, verkoopprijs",
        "Portuguese": "preço unitário, valor unitário, preço de venda",
        "Polish": "cena jednostkowa, cena za sztukę, cena sprzedaży",
    },
    "tax_amount": {
        "English": "item tax, line tax, order line tax, tax, vat, vat amount",
        "German": "MwSt, USt, Steuer",
        "French": "tva, taxe",
        "Spanish": "iva, impuesto",
        "Italian": "iva, imposta",
        "Dutch": "btw, belasting",
        "Portuguese": "imposto, iva",
        "Polish": "vat, podatek",
    },
    "discount_amount": {
        "English": "discount, line discount, item discount, item promotion discount",
        "German": "Rabatt, Nachlass, Rabattbetrag",
        "French": "remise, réduction, rabais, montant remise",
        "Spanish": "descuento, importe descuento",
        "Italian": "sconto, importo sconto",
        "Dutch": "korting, kortingsbedrag",
        "Portuguese": "desconto, valor do desconto",
        "Polish": "rabat, zniżka, kwota rabatu",
    },
    "total_amount": {
        "English": "line total, line amount, order line total, extended price, ext price, item total, line value, "
        "item amount, net sales",
        "German": "Positionssumme, Zeilensumme, Positionsbetrag, Gesamtpreis, Zeilenbetrag, Positionswert",
        "French": "total ligne, total de la ligne, montant ligne, prix total",
        "Spanish": "total línea, importe línea, precio total",
        "Italian": "totale riga, importo riga, prezzo totale",
        "Dutch": "regeltotaal, regelbedrag, totaalprijs",
        "Portuguese": "total da linha, preço total",
        "Polish": "wartość pozycji, cena łączna",
    },
}
