"""
The terms in force, held in memory and keyed by their version.

A change of terms moves the book's terms clock; a batch reads the clock once, and only when it
has moved on does this process read the terms again. So no event costs a query, and an answer
is never given under terms that were replaced before the batch began. Subjects that no license
and no decision brought in are looked up when they are named, into the version they are of or not
at all, so that no answer and nobody beside us ever has a mixture of two.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from operator import itemgetter
from threading import Lock

from sqlmodel import Session

from ledger.core.acceptance import Judgement, Kind, Subject, judge
from ledger.core.batch import kind_of
from ledger.core.event_total import event_lines
from ledger.core.quota_batch import Variants, limited_grants
from ledger.core.terms import License
from ledger.core.usage import ReportedGeneration
from ledger.store import licenses
from ledger.store.database import DatabaseBusy

#: Kinds of generation remembered before the memory is started afresh.
KINDS_MAX = 50_000


class Terms:
    """One version of the terms, with the judgements made under it so far."""

    def __init__(
        self, version: int, licenses_by_key: dict[tuple[int, str], License],
        subjects: dict[str, Subject], *, has_offers: bool = False,
    ) -> None:  # fmt: skip
        self.version = version
        self.has_offers = has_offers
        self._licenses = licenses_by_key
        #: Rate lines that limit single events, which a batch counts beside its totals.
        self.event_lines = event_lines(licenses_by_key.values())
        self._subjects = subjects
        #: Named by somebody, looked for, and not in the catalogue of this version.
        self._absent: set[str] = set()
        self._judgements: dict[tuple[int, Kind], list[Judgement]] = {}
        #: Grants whose quota holds or refuses use, by terms version; empty where there are none.
        self.limits = limited_grants(licenses_by_key.values())
        #: What quotas made of judgements, remembered like these.
        self.variants = Variants()
        #: Stored ids by identity of a remembered judgement, filled after a commit.
        self.stored_ids: dict[int, int] = {}

    def judge(self, licensee_id: int, reported: ReportedGeneration) -> Judgement:
        """Decide about one generation of one licensee; each kind is worked out once."""
        kind = kind_of(reported)
        remembered = self._judgements.setdefault((licensee_id, kind), [])
        for judgement in remembered:
            if judgement.holds_at(reported.occurred_at):
                return judgement
        judgement = judge(
            kind=kind,
            occurred_at=reported.occurred_at,
            license_=self.license(licensee_id, kind.license_reference),
            subjects=self._subjects,
        )
        remembered.append(judgement)
        return judgement

    def license(self, licensee_id: int, reference: str) -> License | None:
        """Return a licensee's own license; another's is as unknown as one that is not there."""
        return self._licenses.get((licensee_id, reference))

    def licenses_of(self, licensee_id: int) -> tuple[License, ...]:
        """Return a licensee's licenses in the order of their references."""
        own = ((key[1], each) for key, each in self._licenses.items() if key[0] == licensee_id)
        return tuple(license_ for _, license_ in sorted(own, key=itemgetter(0)))

    @property
    def subjects(self) -> Mapping[str, Subject]:
        """Every subject that is granted, was decided about, or was looked up, by reference."""
        return self._subjects

    def knows(self, references: set[str]) -> bool:
        """Tell whether each named subject has been looked up under this version."""
        return all(each in self._subjects or each in self._absent for each in references)

    def learn_subjects(self, session: Session, book_id: int, references: set[str]) -> int:
        """
        Look up the named subjects that no license or decision brought in.

        Returns the version of the terms they are of. When it is another than this one, nothing
        was learned, and the caller has to start over; see :meth:`TermsCache.naming`.
        """
        unknown = references - self._subjects.keys() - self._absent
        if not unknown:
            return self.version
        version, found = licenses.find_subjects(session, book_id=book_id, references=unknown)
        if version == self.version:
            self._subjects.update(found)
            self._absent.update(unknown - found.keys())
        return version

    @property
    def is_full(self) -> bool:
        """True when so much is remembered that a fresh start is due."""
        return len(self._judgements) + len(self._absent) > KINDS_MAX


class TermsCache:
    """The newest terms this process has read, for one book."""

    def __init__(self, book_id: int = 1) -> None:
        self._book_id = book_id
        self._lock = Lock()
        self._terms: Terms | None = None
        #: Months this process has seen open, which spares each batch the question. A month that
        #: is open stays there; whether it is closed is the database's to say.
        self.open_months: frozenset[date] = frozenset()
        #: How many batches of a licensee were new without exception, since one that was not.
        self.new_in_a_row: Counter[int] = Counter()

    @property
    def newest(self) -> Terms | None:
        """The newest terms this process has read; they may have been replaced since."""
        return self._terms

    def at(self, session: Session, version: int) -> Terms:
        """Return the terms of a version, reading them when this process has older ones."""
        terms = self._terms
        if terms is None or terms.version != version or terms.is_full:
            with self._lock:
                terms = self._terms
                if terms is None or terms.version != version or terms.is_full:
                    terms = self._terms = self._read(session)
        return terms

    def naming(self, session: Session, *, version: int, references: set[str]) -> Terms:
        """
        Return terms that know every named subject: of a version, or newer when they changed.

        All that is judged together is judged by what one call returned.

        :raises DatabaseBusy: the terms changed again and again.
        """
        for _ in range(licenses.READINGS_MAX):
            terms = self.at(session, version)
            version = terms.learn_subjects(session, self._book_id, references)
            if version == terms.version:
                return terms
        raise DatabaseBusy(reason="terms_clock")

    def _read(self, session: Session) -> Terms:
        snapshot = licenses.load_snapshot(session, book_id=self._book_id)
        by_key = {
            (license_.licensee_id, reference): license_
            for reference, license_ in snapshot.licenses.items()
        }
        return Terms(
            snapshot.version, by_key, dict(snapshot.subjects), has_offers=snapshot.has_offers
        )
