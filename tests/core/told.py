"""Documents as the audit finds them, and a notice of a payment among them."""

from ledger.core.facts import DocumentFact
from ledger.core.snapshot import sha256_of, to_json
from tests.invoices.notice_samples import notice

NOTICE = notice()


def document(kind: str, reference: str, value: object, figures: tuple[int, ...]) -> DocumentFact:
    """Return a document with the frozen text of a value, and what its rows say."""
    snapshot = to_json(value)
    return DocumentFact(
        reference=reference,
        kind=kind,
        snapshot=snapshot,
        snapshot_sha256=sha256_of(snapshot),
        figures=figures,
    )


TOLD = document("notice", NOTICE.number, NOTICE, (250_852, 25_085, 25_611, 250_326))
