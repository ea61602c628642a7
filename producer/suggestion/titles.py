"""Titles that other programs give the fields of an order line, in several languages; the best one first."""

import re
from typing import Final

_SYNONYMS: Final = {
    "InvoiceNo": (
        "invoiceno invoice invoicenumber invoicenr invoiceid orderno ordernumber orderid ordernr order receiptno "
        "receiptnumber receiptid receipt transactionid transactionno transactionnumber transaction ticketno ticket "
        "billno bill documentno voucherno salesorder purchaseno rechnungsnummer rechnungsnr rechnung belegnummer "
        "belegnr beleg bonnummer bonnr bon kassenbon auftragsnummer auftragsnr auftrag bestellnummer bestellnr "
        "bestellung vorgang nofacture numerofacture numfacture facture numerocommande nocommande commande "
        "ticketdecaisse numerofactura nfactura numfactura factura numeropedido npedido pedido numerofattura nfattura "
        "fattura ordine scontrino factuurnummer factuurnr factuur bestelling bonnetje fakturanr faktura numerofatura "
        "fatura notafiscal id name"
    ),
    "StockCode": (
        "stockcode sku lineitemsku itemsku productsku itemcode productcode article articleno articlenumber "
        "articlecode itemno itemnumber itemid item productid productno product partno partnumber part upc ean gtin "
        "barcode asin artikelnummer artikelnr artikelcode artikel artnr materialnummer material wgr produktnummer "
        "produkt referencearticle codearticle reference ref codigoarticulo codigoproducto codigo articulo "
        "codicearticolo codice articolo codigodoproduto varenummer varenr tuotekoodi"
    ),
    "Description": (
        "description itemdescription productdescription articledescription lineitemname lineitemtitle itemname "
        "productname producttitle articlename title text beschreibung artikelbezeichnung bezeichnung artikeltext "
        "artikelname produktname libelle designation descripcion descrizione denominazione omschrijving descricao "
        "varetekst name product item artikel article"
    ),
    "Quantity": (
        "quantity qty lineitemquantity itemquantity orderquantity quantityordered qtyordered units unitssold pieces "
        "pcs count menge anzahl stueck stuck stuckzahl stueckzahl stk quantite qte nombre cantidad cant unidades "
        "quantita qta pezzi aantal hoeveelheid quantidade qtd antal"
    ),
    "InvoiceDate": (
        "invoicedate invoicedatetime invoicetime orderdate orderdatetime ordertime datetime timestamp date "
        "purchasedate transactiondate transactiontime saledate solddate soldat receiptdate documentdate createdat "
        "created paidat createddate when time rechnungsdatum belegdatum bestelldatum auftragsdatum buchungsdatum "
        "kaufdatum verkaufsdatum bondatum datumzeit datumuhrzeit zeitpunkt zeitstempel datum zeit datefacture "
        "datecommande datevente dateheure fechafactura fechapedido fechahora fecha datafattura dataordine dataora "
        "factuurdatum besteldatum datafatura datahora data fakturadato dato"
    ),
    "UnitPrice": (
        "unitprice price priceperunit priceeach unitcost itemprice lineitemprice sellingprice saleprice salesprice "
        "listprice netprice grossprice rate einzelpreis stueckpreis stuckpreis verkaufspreis nettopreis bruttopreis "
        "preis epreis vkpreis vk prixunitaire prix pu preciounitario precio prezzounitario prezzo eenheidsprijs "
        "stukprijs prijs precounitario preco enhedspris pris"
    ),
    "CustomerID": (
        "customerid customer customerno customernumber customernr customercode clientid clientno client buyerid buyer "
        "userid user accountno accountid account memberid kundennummer kundennr kundenid kunde debitor "
        "debitorennummer numeroclient noclient codeclient idcliente numerocliente codigocliente codicecliente cliente "
        "klantnummer klantnr klant kundenummer kundenr"
    ),
    "Country": (
        "country countryname countrycode billingcountry shippingcountry customercountry countryregion shipcountry "
        "billcountry nation land laendercode landercode landeskennzeichen lieferland rechnungsland pays paysclient "
        "pais paese nazione landcode region market"
    ),
}
_RANKS: Final = {
    field: {title: rank for rank, title in enumerate(titles.split())} for field, titles in _SYNONYMS.items()
}
_OTHER: Final = re.compile(
    "total|subtotal|amount|sales|extended|betrag|montant|importe|sum|summe|gesamt|umsatz|revenue|tax|vat|mwst|ust|tva|iva|btw|discount|rabatt|remise|shipping|versand|fee"
    "|cost|profit|weight|gewicht|zip|postal|plz|phone|tel|fax|mail|lat|lon|rowid|index|lineno|position|pos|year|month|day"
)
_ACCENTS: Final = str.maketrans("àáâãäçèéêëìíîïñòóôõöùúûü", "aaaaaceeeeiiiinooooouuuu")


def plain_title(title: str) -> str:
    """A title without case, accents, blanks and signs, for comparison.

    >>> plain_title("Invoice No."), plain_title("N° Pièce"), plain_title("Unit_Price (EUR)")
    ('invoiceno', 'npiece', 'unitpriceeur')
    """
    return re.sub(r"[\W_]", "", title.casefold().translate(_ACCENTS)).replace("ß", "ss")


def rank(field: str, title: str) -> int | None:
    """The place of the title among the names of a field, 0 for the best; None if it is not among them.

    >>> rank("InvoiceNo", "Invoice"), rank("UnitPrice", "Price (EUR)"), rank("Country", "Weight")
    (1, 1, None)
    """
    ranks = _RANKS.get(field, {plain_title(field): 0})  # an added field is known by its own name until it has others
    without_unit = re.sub(r"\(.*?\)|\[.*?\]", "", title)
    return ranks.get(plain_title(title), ranks.get(plain_title(without_unit)))


def is_known(title: str) -> bool:
    """Whether the title names a field."""
    return any(rank(field, title) is not None for field in _RANKS)


def is_of_another(title: str) -> bool:
    """Whether the title names something that an order line does not have, such as a total or a tax."""
    return not is_known(title) and _OTHER.search(plain_title(title)) is not None
