"""Every figure of every explanation held against a book that was worked out a second time."""

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

from ledger.core.explanation_facts import Reader
from ledger.core.explanation_tree import Step
from ledger.services import archiving, explaining
from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.comparing_money import compare_accounts, compare_statements
from tests.scenarios.comparing_steps import amounts_of, compare_share, month_of, text_of
from tests.scenarios.naive_bills import Bill, Book
from tests.scenarios.naive_book import recompute
from tests.scenarios.naive_judging import Event, Part
from tests.scenarios.naive_pricing import PER
from tests.scenarios.naive_usage import Key

_ADVANCES = """
    SELECT d.reference, i.document_id FROM invoice i JOIN document d USING (document_id)
    WHERE i.kind = 'advance'
"""
_CLAUSES = "SELECT terms_version_id, version, clause_reference FROM terms_version"
_SUBJECTS = "SELECT subject_id, reference FROM subject"
_LAST_CLOSED = "SELECT max(month) FROM month_closing"
#: How many generations are explained one by one; the others are compared in the lines.
_SAMPLE = 60


def compare(database: Database) -> Book:
    """Explain every line, document and payout, and generations, and hold every figure to it."""
    book = recompute(database)
    _decisions(book)
    advances = dict(rows(database, _ADVANCES))
    explained = {
        document.reference: explaining.explain(
            database, reference=document.reference, reader=Reader()
        )
        for document in archiving.all_documents(database)
    }
    royalties = []
    for reference, step in explained.items():
        if reference in advances:
            _advance(book.advances.pop(advances[reference]), step)
        elif step.code == "invoice":
            royalties.append(step)
    assert not book.advances
    seen = _invoices(book, royalties)
    clauses = {row[0]: row[1:] for row in rows(database, _CLAUSES)}
    for reference, key in book.order.items():
        line = explaining.explain(database, reference=reference, reader=Reader())
        _line(book, line, key)
        _terms(book, line, key, clauses)
        assert (key in seen) == bool(line.all("invoiced"))
    compare_statements(book, [step for step in explained.values() if step.code == "statement"])
    compare_accounts(book, database)
    _generations(database, book)
    return book


def _decisions(book: Book) -> None:
    for identity, history in book.judges.histories.items():
        for event in history:
            decided = [(part.subject, part.decision) for part in event.parts]
            assert decided == [(part.subject, part.told) for part in event.parts], identity


def _advance(bill: Bill, invoice: Step) -> None:
    assert amounts_of(invoice, "subtotal", "tax") == (bill.subtotal, bill.tax)
    told = [(each.reference, *amounts_of(each, "amount")) for each in invoice.all("prepayment")]
    assert told == [(name[1], amount) for name, amount in bill.prepayments]


def _invoices(book: Book, invoices: list[Step]) -> set[Key]:
    """Compare every invoice, with its lines in their order; return the lines that are on one."""
    seen: Counter[Key] = Counter()
    for invoice in invoices:
        bill = book.bills.pop((text_of(invoice, "licensee"), month_of(invoice, "month")))
        assert amounts_of(invoice, "subtotal", "tax", "total") == (
            bill.subtotal,
            bill.tax,
            bill.subtotal + bill.tax,
        )
        lines = [step for step in invoice.steps if step.code == "line"]
        told = [book.order[line.reference or ""] for line in lines]
        assert told == [key for key, _ in bill.lines]
        seen.update(told)
        parts = [
            amounts_of(invoiced, "tax_part")[0]
            for line in lines
            for invoiced in line.steps
            if invoiced.code == "invoiced"
        ]
        assert parts == bill.parts[: len(parts)]
        billed = [
            (each.reference, *amounts_of(each, "amount"))
            for each in invoice.steps
            if each.code == "prepayment"
        ]
        assert billed == [(name[1], amount) for name, amount in bill.prepayments]
    assert set(seen.values()) <= {1}
    assert not book.bills, "an invoice is missing"
    return set(seen)


def _line(book: Book, line: Step, key: Key) -> None:
    expected = book.lines[key]
    (charge,) = (step for step in line.steps if step.code == "charge")
    assert amounts_of(line, "amount") == (expected.amount,), key
    assert amounts_of(charge, "exact", "amount") == (expected.exact, expected.amount), key
    assert amounts_of(charge, "residual") == (expected.exact - expected.amount,)
    assert sum(Fraction(text_of(step, "exact")) for step in charge.steps) == expected.exact
    set_off = sum(amounts_of(each, "recouped")[0] for each in line.steps if each.code == "set_off")
    assert set_off == book.recouped.set_off.get(key, 0), key
    if key.cause == "revenue_share":
        compare_share(book.compared[key], line)
        return
    (usage,) = (step for step in line.steps if step.code == "usage")
    if key.cause in ("use", "late"):
        assert amounts_of(usage, "generations", "quantity") == (expected.count, expected.quantity)
    if key.cause == "use" and (line.all("tier") or line.all("whole_volume")):
        assert amounts_of(usage, "counter_before") == (expected.before,)


def _terms(book: Book, line: Step, key: Key, clauses: dict[int, tuple[int, str]]) -> None:
    """Look whether a line of use names the version, the clause and the price that it follows."""
    if key.cause != "use":
        return
    (terms,) = (step for step in line.steps if step.code == "terms")
    (grant,) = (
        grant
        for license_ in book.judges.licenses.values()
        for grant in license_.grants
        if grant.id == key.place.grant
    )
    version = grant.version_at(key.place.since, key.closing)
    assert version is not None
    card = next(card for card in version.cards if card.kind == key.place.kind)
    number, clause = clauses[version.id]
    assert (terms.text("version"), terms.text("clause")) == (str(number), clause)
    assert amounts_of(terms, "rate") == (card.rate,)
    (charge,) = (step for step in line.steps if step.code == "charge")
    reached: dict[Fraction, Fraction] = defaultdict(Fraction)
    for step in charge.all("tier"):
        quantity, rate = amounts_of(step, "quantity", "rate")
        reached[Fraction(rate)] += Fraction(quantity)
    # A contract year may begin in a month, and what is given back is told from the last tier on.
    if reached and card.scope != "contract_year" and book.lines[key].quantity >= 0:
        start = book.lines[key].before
        lower = min(start, Fraction(0))  # More was given back than was used: at the first price.
        end = start + book.lines[key].quantity
        expected: dict[Fraction, Fraction] = defaultdict(Fraction)
        for bound, price in card.tiers:
            upper = end if bound is None else bound
            expected[price] += max(Fraction(0), min(end, upper) - max(start, lower))
            lower = upper
        assert reached == {price: part for price, part in expected.items() if part}


def _generations(database: Database, book: Book) -> None:
    """Explain some generations of closed months, each by its own receipt."""
    ((last,),) = rows(database, _LAST_CLOSED)
    names = dict(rows(database, _SUBJECTS))
    histories = [each for each in book.judges.histories.values() if last and each[0].month <= last]
    for history in histories[:: max(1, len(histories) // _SAMPLE)]:
        firm, batch, position = history[0].receipt
        told = explaining.explain(
            database, reference=f"GEN-{firm}-{batch}-{position}", reader=Reader()
        )
        event = history[-1]
        parts = told.all("part")
        assert [part.reference for part in parts] == [part.subject for part in event.parts]
        assert {proof.text("holds") for proof in told.all("proof")} == {"yes"}
        for step, part in zip(parts, event.parts, strict=True):
            assert step.text("decision") == part.decision
            if part.is_charged:
                _part(book, event, part, step, last)
            for line in step.all("in_line"):
                assert book.order[line.reference or ""].month == event.month
                assert names[book.order[line.reference or ""].place.subject] == part.subject


def _part(book: Book, event: Event, part: Part, step: Step, last: date) -> None:
    """Hold what one generation is worth by its rate to its quantity times that."""
    card = event.card(part, last)
    units = event.revenue if card.basis == "pct_revenue" else event.quantity
    per = Fraction(1, 100) if card.basis == "pct_revenue" else Fraction(1, PER.get(card.basis, 1))
    if card.tier_mode == "none" and card.basis != "fixed_month":
        (worth,) = (each for each in step.steps if each.code.startswith("worth_"))
        assert worth.code == ("worth_by_rate" if card.floor or card.group else "worth_exact")
        assert amounts_of(worth, "quantity", "rate") == (units, card.rate)
        assert amounts_of(worth, "exact") == ((units or 0) * card.rate * per,)
