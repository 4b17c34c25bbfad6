"""
Files inside a PDF: its frozen values and its tables, so that one file is the whole document.

An attachment is bytes with a name and what it is to the page: the ``Source`` it was set from,
``Data`` of its tables, or an ``Alternative`` that says the same in another form, such as the
invoice as XML. Whoever renders gives any number of them.
"""

from dataclasses import dataclass

from invoices.electronic_copy import electronic_copies
from invoices.kind import FrozenDocument
from invoices.kinds import kind_of
from ledger.core.snapshot import to_json
from locales.catalogues import LANGUAGES, message

#: What an attachment may be to the document (ISO 19005-3, AFRelationship).
RELATIONSHIPS = frozenset({"Source", "Data", "Alternative", "Supplement", "Unspecified"})


class UnknownRelationship(ValueError):
    """An attachment says that it is something the standard has no word for."""

    def __init__(self, relationship: str) -> None:
        super().__init__(
            f"relationship {relationship!r} is not one of {', '.join(sorted(RELATIONSHIPS))}"
        )
        self.relationship = relationship


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file inside a PDF."""

    name: str  # "INV-2026-000123.csv": ASCII, unique in the document
    media_type: str
    relationship: str  # one of RELATIONSHIPS
    description: str
    content: bytes

    def __post_init__(self) -> None:
        if self.relationship not in RELATIONSHIPS:
            raise UnknownRelationship(self.relationship)


def standard_attachments(
    document: FrozenDocument, *, snapshot: str | None = None
) -> tuple[Attachment, ...]:
    """
    Return what a document carries: its values as JSON, its rows as CSV, an invoice as UBL, too.

    An invoice of several sellers, or of some who are registered and some who are not, is several
    documents as UBL.

    ``snapshot`` is the text the values were frozen as, byte for byte what the book's hash is
    taken over; without it they are written anew, which gives the same for values of today.
    """
    name = document.number or "draft"
    text = to_json(document) if snapshot is None else snapshot
    return (
        Attachment(
            name=f"{name}.json",
            media_type="application/json",
            relationship="Source",
            description=_both("attachment.values"),
            content=text.encode(),
        ),
        Attachment(
            name=f"{name}.csv",
            media_type="text/csv",
            relationship="Data",
            description=_both("attachment.table"),
            content=b"".join(kind_of(document).table(document)),
        ),
        *(
            Attachment(
                name=f"{number}.xml",
                media_type="application/xml",
                relationship="Alternative",
                description=_both("attachment.electronic"),
                content=content,
            )
            for number, content in electronic_copies(document)
        ),
    )


def _both(key: str) -> str:
    return " / ".join(message(language, key) for language in LANGUAGES)
