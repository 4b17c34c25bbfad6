"""The explanation of what was posted: journal entries as steps."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ledger.core.explanation_facts import EntryFact
from ledger.core.explanation_tree import Kind, Step, step


def concerning(
    entries: Iterable[EntryFact], party: str, *, held_for: str | None = None
) -> Iterator[EntryFact]:
    """
    Yield the entries that have to do with a party, each with the postings that have.

    Those are, with ``held_for``, only what it got out of what was held for that rights holder.
    """
    for entry in entries:
        postings = tuple(
            posting
            for posting in entry.postings
            if party in (posting.debtor, posting.creditor) and held_for in (None, posting.debtor)
        )
        if postings:
            yield replace(entry, postings=postings)


def entry_steps(entries: Iterable[EntryFact], kind: str) -> Iterator[Step]:
    """Yield the steps of the entries of a kind."""
    for entry in entries:
        if entry.kind == kind:
            yield step(
                "entry",
                ("entry", Kind.COUNT, entry.id),
                ("posted_on", Kind.DAY, entry.posted_on),
                reference=entry.source,
                currency=entry.currency,
                steps=(
                    step(
                        "posting",
                        ("debit", Kind.WORD, debit),
                        ("debit_party", Kind.REFERENCE, debtor),
                        ("credit", Kind.WORD, credit),
                        ("credit_party", Kind.REFERENCE, creditor),
                        ("amount", Kind.AMOUNT, amount),
                    )
                    for debit, debtor, credit, creditor, amount in entry.postings
                ),
            )
