"""What an AI firm may use and at what price: its licenses, with the terms in force in words."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response

from api.offer_words import prices_in_words, territories_in_words
from api.portal.rendering import page
from api.portal.table import Page
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.core.period import tokyo_day
from ledger.core.terms import TermsVersion
from ledger.services import licensing, using
from ledger.services.licensing import LicenseNotFound
from ledger.store.agreements import GrantTerms

_SHOWN = 50
_GRANTS_SHOWN = 50
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class TermsInWords:
    """One version of a grant's price."""

    version: int
    effective_from: datetime
    clause: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GrantInWords:
    """One permission: what of it is in force, what comes, and what was before."""

    terms: GrantTerms
    territories: str
    in_force: TermsInWords | None
    coming: tuple[TermsInWords, ...]
    past: tuple[TermsInWords, ...]  # the latest first


def show_licenses(visit: Visit) -> Response:
    """List licenses by their references."""
    found = licensing.list_licenses(
        visit.database,
        licensee_id=visit.session.owner_id,
        after=_printable(visit.request.query_params.get("after", "")),
        limit=_SHOWN,
    )
    return page(
        visit,
        "licenses.html",
        licenses=found.licenses,
        following=found.next_after,
        now=visit.now,
        last_day=last_day,
    )


def show_license(visit: Visit) -> Response:
    """Show a license with its grants."""
    reference = visit.request.path_params["license"]
    if "\0" in reference:  # No text of the book holds it, and none can be looked for with it.
        raise LicenseNotFound(value=reference)
    found = licensing.read_terms(
        visit.database,
        licensee_id=visit.session.owner_id,
        reference=reference,
        limit=_GRANTS_SHOWN,
    )
    return page(
        visit,
        "license.html",
        license=found.license,
        grants=[_in_words(each, visit) for each in found.grants],
        more=found.next_after is not None,
        titles=using.titles(visit.database),
        now=visit.now,
        last_day=last_day,
    )


def last_day(ends_at: datetime) -> date:
    """Return the last day of something that ends at an instant, which is not of it."""
    return tokyo_day(ends_at - _MICROSECOND)


def _in_words(terms: GrantTerms, visit: Visit) -> GrantInWords:
    told = [_version(each, visit.language) for each in terms.versions]
    begun = [each for each in told if each.effective_from <= visit.now]
    # As it is judged: the latest that has taken effect, of two of one instant the later version.
    begun.sort(key=lambda each: (each.effective_from, each.version))
    return GrantInWords(
        terms=terms,
        territories=territories_in_words(terms.grant.territories, visit.language),
        in_force=begun[-1] if begun else None,
        coming=tuple(each for each in told if each.effective_from > visit.now),
        past=tuple(reversed(begun[:-1])),
    )


def _version(terms: TermsVersion, language: str) -> TermsInWords:
    return TermsInWords(
        version=terms.version,
        effective_from=terms.effective_from,
        clause=terms.clause_reference,
        lines=tuple(prices_in_words(terms, language)),
    )


def _printable(text: str) -> str:
    return "".join(each for each in text if each.isprintable())[:100]


PAGES = (
    Page(path="/licenses", handler=show_licenses, right=Right.SEE_USE, of=Role.LICENSEE),
    Page(path="/licenses/{license}", handler=show_license, right=Right.SEE_USE, of=Role.LICENSEE),
)
