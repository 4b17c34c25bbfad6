"""The kinds of documents there are, by the name the book has for them."""

from invoices import (
    credit_note_page,
    fee_page,
    invoice_page,
    notice_page,
    receipt_page,
    record_page,
    statement_page,
)
from invoices.kind import FrozenDocument, Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        invoice_page.KIND,
        statement_page.KIND,
        notice_page.KIND,
        record_page.RECORD,
        record_page.TOTAL,
        receipt_page.KIND,
        credit_note_page.KIND,
        fee_page.KIND,
    )
}


class UnknownKind(TypeError):
    """There is no kind of document for these values."""

    def __init__(self, values: object) -> None:
        super().__init__(f"{type(values).__name__} is not the values of any kind of document")
        self.values = values


def kind_of(document: FrozenDocument) -> Kind:
    """
    Return the kind of a document's values.

    :raises UnknownKind: there is none for them.
    """
    for kind in KINDS.values():
        if type(document) is kind.values:
            return kind
    raise UnknownKind(document)
