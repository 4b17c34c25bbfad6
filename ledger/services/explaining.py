"""
Explaining: for one reference, the whole chain of figures from usage to the bank, as a tree.

What can be asked for is what people see: a line (``LINE-2026-10-3``), an invoice or a statement
by its number, one line of either (``INV-2026-000001:2``), a payout run or one payee's part of it,
a generation by its receipt (``GEN-studio-a-12-3``) or source and id. Each party sees its own side.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from ledger.core.correction import Identity, choose
from ledger.core.explanation_facts import (
    EntryFact,
    LineFact,
    Reader,
    StatementFact,
    View,
)
from ledger.core.explanation_generation import generation_step
from ledger.core.explanation_invoice import (
    billed_step,
    invoice_step,
    recoup_group_step,
    set_off_step,
)
from ledger.core.explanation_line import line_step
from ledger.core.explanation_money import (
    division_step,
    payout_step,
    run_step,
    sources_of,
    statement_step,
)
from ledger.core.explanation_tree import Step
from ledger.core.party import Role
from ledger.core.period import Month, NotAMonth
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import (
    corrections,
    disputes,
    explanations,
    explanations_generation,
    explanations_money,
    explanations_proof,
    prepayments,
    recoup_versions,
    reissues,
)
from ledger.store.database import Database, Transaction
from ledger.store.documents import find_document
from ledger.store.parties import find_parties, require_parties

_LINE = re.compile(r"LINE-(\d{4}-\d{2})-([1-9]\d{0,8})")
_RUN = re.compile(r"(PAY-\d{4}-\d{2}(?:-R[1-9]\d*)?)(?::(.+))?")
_GENERATION = re.compile(r"GEN-(.+)-([1-9]\d{0,17})-(\d{1,9})")
_DOCUMENT = re.compile(r"(.+?)(?::([1-9]\d{0,8}))?")


class ExplanationNotFound(Refusal):
    """Nothing of the reader's has the reference; another's is as unknown as none."""

    code = "explanation_not_found"
    field = "reference"


def reader_of(database: Database, *, book_id: int = BOOK_ID, reference: str) -> Reader:
    """
    Return a party as a reader, so that the house can look through its eyes.

    :raises PartyUnknown: there is no such party.
    """
    with database.transaction() as session:
        party = require_parties(session, book_id=book_id, fields={reference: "party"})[reference]
    is_house = party.role == Role.OPERATOR
    return Reader() if is_house else Reader(id=party.id, reference=party.reference)


def explain(database: Database, *, book_id: int = BOOK_ID, reference: str, reader: Reader) -> Step:
    """
    Return the explanation of a line, invoice, statement, payout or generation.

    :raises ExplanationNotFound: the reader has nothing of the reference.
    """
    if "\0" in reference:  # No text of the book holds it.
        raise ExplanationNotFound(reference=reference)
    with database.transaction() as session:
        found = _Desk(session, book_id, reader).explain(reference)
    if found is None:
        raise ExplanationNotFound(reference=reference)
    return found


def explain_generation(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    licensee: str,
    source: str,
    event_id: str,
    month: date | None = None,
    reader: Reader,
) -> Step:
    """
    Return the explanation of what a firm reported under a source and id.

    :raises ExplanationNotFound: the firm is not the reader, nor is the reader the house.
    :raises GenerationNotRecorded, GenerationAmbiguous: it is not one that is recorded.
    """
    with database.transaction() as session:
        desk = _Desk(session, book_id, reader)
        licensee_id = desk.firm(licensee)
        if licensee_id is None:
            raise ExplanationNotFound(reference=licensee)
        recorded = corrections.find_identities(
            session, licensee_id=licensee_id, named=[(source, event_id)]
        )[source, event_id]
        identity = choose(recorded, source=source, event_id=event_id, month=month)
        if (found := desk.generation(licensee, licensee_id, identity)) is None:
            raise ExplanationNotFound(reference=event_id)
        return found


class _Desk:
    """Reads and sets out what one reader asks for, within one transaction."""

    def __init__(self, session: Transaction, book_id: int, reader: Reader) -> None:
        self._session = session
        self._book_id = book_id
        self._reader = reader

    def explain(self, reference: str) -> Step | None:
        """Return what a reference names, None when the reader has no such thing."""
        if match := _LINE.fullmatch(reference):
            return self._line_named(match[1], int(match[2]))
        if match := _RUN.fullmatch(reference):
            return self._run(match[1], match[2])
        if match := _GENERATION.fullmatch(reference):
            return self._receipt(match[1], int(match[2]), int(match[3]))
        match = _DOCUMENT.fullmatch(reference)
        return match and self._document(match[1], int(match[2]) if match[2] else None)

    def firm(self, reference: str) -> int | None:
        """Return the key of a licensee, None unless the reader is it or the house."""
        found = find_parties(self._session, book_id=self._book_id, references=[reference])
        party = found.get(reference)
        return party.id if party and self._reader.id in (None, party.id) else None

    def generation(
        self, licensee: str, licensee_id: int, identity: Identity, holder_id: int | None = None
    ) -> Step | None:
        """Return a generation with all that prices and proves it; of a holder its part, if any."""
        fact, only = explanations_generation.read_part(
            self._session,
            book_id=self._book_id,
            licensee=licensee,
            licensee_id=licensee_id,
            identity=identity,
            owner_id=holder_id,
        )
        return None if only == frozenset() else generation_step(fact, only=only)

    def _receipt(self, licensee: str, batch: int, position: int) -> Step | None:
        found = find_parties(self._session, book_id=self._book_id, references=[licensee])
        firm_id = found[licensee].id if licensee in found else 0
        identity = explanations_proof.find_identity(
            self._session, licensee_id=firm_id, batch_number=batch, position=position
        )
        holder = self._reader.id if self._reader.id != firm_id else None
        return identity and self.generation(licensee, firm_id, identity, holder)

    def _line_named(self, month: str, number: int) -> Step | None:
        try:
            closing = Month.parse(month)
        except NotAMonth:
            return None
        key = explanations.find_line(
            self._session,
            book_id=self._book_id,
            closing_month=closing.first_day,
            number=number,
            reader_id=self._reader.id,
        )
        return None if key is None else self._line(key)

    def _line(self, key: int) -> Step:
        """Return a line with what follows from it, as far as the reader may see."""
        fact = self._lines([key])[0]
        view = self._reader.view_of(fact.licensee_id)
        following = [*self._set_off(key, view)]
        settled = prepayments.settlements_of(self._session, royalty_line_id=key)
        billed = fact.billed
        if billed is not None:
            invoice = explanations_money.read_invoices(
                self._session, book_id=self._book_id, references=[billed.invoice]
            )[billed.invoice]
            following.append(billed_step(billed, invoice=invoice, view=view))
            settled += billed.settlement_ids
        if view is not View.FIRM:
            divided = (self._divided(each, fact.holder_id) for each in dict.fromkeys(settled))
            following += [each for each in divided if each]
        return line_step(fact, following=following)

    def _set_off(self, key: int, view: View) -> Iterator[Step]:
        """Yield which version of which group a line is set off by, and against what."""
        applied = recoup_versions.version_of_line(self._session, royalty_line_id=key)
        if applied is not None:
            yield recoup_group_step(vars(applied))
        for each in prepayments.set_offs_of(self._session, royalty_line_ids=[key]):
            yield set_off_step(vars(each), view=view)

    def _document(self, reference: str, number: int | None) -> Step | None:
        document = find_document(
            self._session,
            book_id=self._book_id,
            reference=reference,
            owner_id=self._reader.id,
        )
        if document is None:
            return None
        if document.kind == "statement":
            return self._statement(reference, number)
        # The figures of a corrected invoice are those of the first one.
        issued = reissues.find_issued(self._session, book_id=self._book_id, number=reference)
        if issued is None:
            return None
        if number is not None:
            keys = explanations.lines_of_invoice(
                self._session, document_id=issued.first_id, number=number
            )
            return self._line(keys[0]) if keys else None
        return self._invoice(issued.first_number, issued.first_id)

    def _invoice(self, reference: str, document_id: int) -> Step:
        fact = explanations_money.read_invoices(
            self._session, book_id=self._book_id, references=[reference]
        )[reference]
        lines = self._lines(explanations.lines_of_invoice(self._session, document_id=document_id))
        view = self._reader.view_of(fact.licensee_id)
        return invoice_step(
            fact,
            lines=[line_step(each, following=self._billed(each)) for each in lines],
            entries=self._entries([reference], [fact.licensee_id]),
            view=view,
        )

    def _statement(self, reference: str, number: int | None) -> Step | None:
        fact = explanations_money.find_statement(
            self._session, book_id=self._book_id, reference=reference
        )
        assert fact is not None, "a statement has its row beside its document"
        if number is None:
            entries = self._entries(sources_of([fact]), [fact.payee_id])
            said = disputes.answers_of(self._session, book_id=self._book_id, statement=reference)
            return statement_step(
                fact, entries=entries, before=self._sections(fact), answers=map(vars, said)
            )
        keys = self._keys_of(fact)
        return self._line(keys[number - 1]) if number <= len(keys) else None

    def _run(self, run: str, payee: str | None) -> Step | None:
        found = explanations_money.statements_of_run(
            self._session, book_id=self._book_id, run=run, payee=payee, reader_id=self._reader.id
        )
        is_of_one = payee is not None or self._reader.id is not None
        if not found:
            return None
        entries = self._entries([run], [each.payee_id for each in found])
        if is_of_one:
            (fact,) = found
            entries += self._entries([f"{run}:{fact.payee}"], [fact.payee_id])
            statement = statement_step(fact, before=self._sections(fact))
            return payout_step(fact, entries=entries, before=[statement])
        return run_step(run, [payout_step(each, entries=()) for each in found], entries=entries)

    def _sections(self, fact: StatementFact) -> list[Step]:
        """Return the divisions a payee earned from, each with the lines that were paid for."""
        holders = explanations_money.holders_of_payee(
            self._session, settlement_id=fact.settlement_id, payee_id=fact.payee_id
        )
        divisions = explanations_money.read_divisions(
            self._session, wanted=[(fact.settlement_id, holder) for holder in holders]
        )
        lines = self._lines(self._keys_of(fact))
        return [
            division_step(
                each,
                reader=self._reader,
                only=fact.payee_id,
                is_claimant=holders[each.holder_id] and self._reader.id is not None,
                lines=[
                    line_step(line, following=self._billed(line))
                    for line in lines
                    if line.holder_id == each.holder_id
                ],
            )
            for each in divisions
        ]

    def _keys_of(self, fact: StatementFact) -> list[int]:
        """Return the lines of a statement in its order; none of whom is only claimed from."""
        holders = explanations_money.holders_of_payee(
            self._session, settlement_id=fact.settlement_id, payee_id=fact.payee_id
        )
        return explanations.lines_of_divisions(
            self._session,
            settlement_id=fact.settlement_id,
            holder_ids=[each for each, is_claimant in holders.items() if not is_claimant],
        )

    def _divided(self, settlement_id: int, holder_id: int) -> Step | None:
        """Return how a holder's money was divided, on to the statements of whom it went to."""
        divisions = explanations_money.read_divisions(
            self._session, wanted=[(settlement_id, holder_id)]
        )
        if not divisions:
            return None
        (division,) = divisions
        payees = {
            each.payee_id for each in division.earnings if self._reader.id in (None, each.payee_id)
        }
        statements = explanations_money.read_statements(
            self._session,
            book_id=self._book_id,
            settlement_ids=[settlement_id],
            payee_ids=payees,
        )
        sources = [division.source, *sources_of(statements)]
        return division_step(
            division,
            reader=self._reader,
            only=self._reader.id,
            statements=statements,
            entries=self._entries(sources, {holder_id, *payees}),
        )

    def _billed(self, line: LineFact) -> list[Step]:
        view = self._reader.view_of(line.licensee_id)
        return [billed_step(line.billed, invoice=None, view=view)] if line.billed else []

    def _lines(self, keys: Iterable[int]) -> list[LineFact]:
        found = explanations.read_lines(self._session, book_id=self._book_id, ids=keys)
        return list(found.values())

    def _entries(self, sources: Iterable[str], party_ids: Iterable[int]) -> list[EntryFact]:
        return explanations_money.read_entries(
            self._session, book_id=self._book_id, sources=sources, party_ids=party_ids
        )
