"""
Clearing: whether an AI firm may do what it is about to do, told from the terms in memory.

Nothing is charged and nothing is written. The book is asked for two things alone: whether the
terms have changed, now and then, and once for each subject that this process has not met.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ledger.core import clearance as core
from ledger.core.acceptance import Subject
from ledger.core.clearance import Cleared, Use, clear
from ledger.core.period import tokyo_day
from ledger.core.quota_batch import Span, limit_of
from ledger.core.terms import License
from ledger.services import BOOK_ID
from ledger.store import licenses, works
from ledger.store.database import Database
from ledger.store.quotas import used_of
from ledger.store.terms_cache import Terms, TermsCache

#: Answers and subjects remembered before a fresh desk is opened.
REMEMBERED_MAX = 50_000


class _Asked(NamedTuple):
    """Everything that an answer depends on, except the time and the version of the terms."""

    licensee_id: int
    license_reference: str | None
    use: Use
    references: tuple[str, ...]


class Desk:
    """One version of the terms, with what clearances under it need and were told so far."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._subjects: dict[str, Subject] = {}
        self._credit_lines: dict[str, str] = {}
        self._absent: set[str] = set()
        self._answers: dict[_Asked, list[Cleared]] = {}

    def lacks(self, references: Collection[str]) -> set[str]:
        """Return the named subjects that :func:`meet` has to be asked about first."""
        return {
            each
            for each in references
            if each not in self._credit_lines and each not in self._absent
        }

    def meet(self, found: dict[str, works.SubjectCredit], *, asked: Collection[str]) -> None:
        """Remember subjects, and which of those asked for the book does not have."""
        for reference, credit in found.items():
            # One that the terms do not hold is in no license, and nobody offers it.
            self._subjects[reference] = self.terms.subjects.get(
                reference, Subject(id=credit.id, reference=reference, opt_in=())
            )
            self._credit_lines[reference] = credit.credit_line
        self._absent.update(each for each in asked if each not in found)

    @property
    def is_full(self) -> bool:
        """True when so much is remembered that a fresh start is due."""
        remembered = len(self._credit_lines) + len(self._absent) + len(self._answers)
        return remembered > REMEMBERED_MAX

    def credit_line(self, reference: str) -> str | None:
        """Return the line to print beside a subject; None for one that the book does not have."""
        return self._credit_lines.get(reference)

    def clear(
        self,
        *,
        licensee_id: int,
        license_reference: str | None,
        use: Use,
        references: Sequence[str],
        at: datetime,
    ) -> Cleared:
        """
        Tell whether one of a firm's licenses, or the one it names, permits a use of subjects.

        All of them have been met; see :meth:`lacks`.
        """
        asked = _Asked(licensee_id, license_reference, use, tuple(references))
        remembered = self._answers.get(asked, ())
        for cleared in remembered:
            if cleared.holds_at(at):
                return cleared
        cleared = clear(
            use=use,
            references=asked.references,
            licenses=self._licenses(asked),
            subjects=self._subjects,
            at=at,
        )
        self._answers.setdefault(asked, []).append(cleared)
        return cleared

    def _licenses(self, asked: _Asked) -> Sequence[License]:
        if asked.license_reference is None:
            return self.terms.licenses_of(asked.licensee_id)
        named = self.terms.license(asked.licensee_id, asked.license_reference)
        return () if named is None else (named,)


def open_desk(database: Database, *, cache: TermsCache, desk: Desk | None) -> Desk:
    """
    Return a desk of the terms in force: the one given, when nothing has changed since.

    :raises DatabaseUnavailable: the book cannot be asked, so nothing can be cleared.
    """
    with database.transaction() as session:
        version = licenses.terms_clock(session, book_id=BOOK_ID)
        terms = cache.at(session, version)
    is_current = desk is not None and desk.terms is terms and not desk.is_full
    return desk if desk is not None and is_current else Desk(terms)


def within_quotas(
    database: Database,
    *,
    desk: Desk,
    licensee_id: int,
    cleared: Cleared,
    use: Use,
    quantity: Decimal | None,
    at: datetime,
) -> Cleared:
    """
    Return an answer that tells what is left of quotas at an instant: one more query.

    :raises DatabaseUnavailable: the book cannot be asked.
    """
    spans = {}
    for each in cleared.clearances:
        license_ = desk.terms.license(licensee_id, each.license_reference or "")
        if license_ is not None and each.grant is not None and each.grant.quota is not None:
            limited = limit_of(license_, each.grant, each.grant.quota)
            spans[Span(limited.grant_id, *limited.span(tokyo_day(at)))] = limited
    with database.transaction() as session:
        used = used_of(session, licensee_id=licensee_id, spans=spans)
    remaining = {span.grant_id: spans[span].quota.remaining(used[span]) for span in spans}
    return core.within_quotas(cleared, remaining=remaining, unit=use.unit, quantity=quantity)


def meet_subjects(
    database: Database, *, cache: TermsCache, desk: Desk, references: Collection[str]
) -> Desk:
    """
    Return a desk that has met subjects: the one given, unless the terms turn out to have changed.

    They are looked up in one query, or a few where holders make offers. What they are asked for
    together with has to be among them, since another desk has met nobody yet.

    :raises DatabaseUnavailable: the book cannot be asked.
    :raises DatabaseBusy: the terms changed again and again.
    """
    with database.transaction() as session:
        found = works.find_credits(session, book_id=BOOK_ID, references=references)
        terms = desk.terms
        if terms.has_offers:
            terms = cache.naming(session, version=terms.version, references=set(found))
    if terms is not desk.terms:
        desk = Desk(terms)
    desk.meet(found, asked=references)
    return desk
