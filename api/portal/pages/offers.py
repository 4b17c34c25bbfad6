"""What a holder offers: which of its works stand how, at what terms, and how that is changed."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from starlette.responses import Response

from api.portal import once
from api.portal.offer_changes import between, changes_of, told_of, words_of
from api.portal.offer_forms import (
    Choices,
    fields_of,
    instant_of,
    place_of,
    rows_of,
    version_of,
)
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Handler, Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.offer import OfferState
from ledger.core.party import Role
from ledger.core.proposal import NewOffer, NewOfferVersion
from ledger.core.refusal import Refusal
from ledger.services import browsing, offering, trying
from ledger.services.browsing import OfferShown, SubjectShown
from ledger.services.offering import OfferChangedMeanwhile, Speaker
from ledger.services.trying import Trial
from ledger.store.database import Database
from ledger.store.offers import VersionInBook

_LISTED_MAX = 500


def show_offers(visit: Visit) -> Response:
    """Show offers, conflicts, and how each work, character and voice stands."""
    shown = browsing.list_offers(
        visit.book,
        owner_id=visit.session.owner_id,
        at=visit.now,
        only_standing=False,
        limit=_LISTED_MAX,
    ).offers
    conflicts = browsing.list_conflicts(
        visit.book, owner_id=visit.session.owner_id, at=visit.now, limit=_LISTED_MAX
    ).conflicts
    subjects = browsing.list_subjects(visit.book, visit.database, at=visit.now)
    return page(
        visit,
        "offers.html",
        offers=shown,
        states={each.offer.offer.reference: state_of(each, visit.now) for each in shown},
        conflicts=conflicts,
        subjects=subjects[:_LISTED_MAX],
        more=max(0, len(subjects) - _LISTED_MAX),
        may_decide=visit.may(Right.DECIDE_OFFERS),
    )


def show_offer(visit: Visit) -> Response:
    """Show an offer: what it says now, its versions, and what stands against it."""
    shown = _offer(visit)
    versions = shown.offer.versions
    now = shown.offer.offer.version_at(visit.now)
    return page(
        visit,
        "offer.html",
        shown=shown,
        state=state_of(shown, visit.now),
        current=None if now is None else shown.offer.written(now),
        words=words_of(visit, shown),
        versions=list(reversed(versions)),
        changes=changes_of(visit, versions),
        may_decide=visit.may(Right.DECIDE_OFFERS),
    )


def show_new(visit: Visit) -> Response:
    """Show the form of an offer to be made."""
    subject = _subject(visit, visit.request.query_params.get("subject", ""))
    return _form(visit, fields_of(None), shown=None, subject=subject)


def make_offer(visit: Visit) -> Response:
    """Try the terms that were typed, or make the offer."""
    subject = _subject(visit, visit.field("subject"))
    if visit.is_kept:
        return _form(visit, visit.form, shown=None, subject=subject)
    try:
        version = version_of(visit.form, base=None, now=visit.now)
        if visit.field("do") != "save":
            return _tried(visit, version, shown=None, subject=subject)
        new = NewOffer(
            **{name: getattr(version, name) for name in NewOfferVersion.__dataclass_fields__},
            reference=visit.field("reference").strip(),
            holder=visit.session.organisation,
            subject=subject.reference if subject else None,
        )

        def do(database: Database) -> str:
            offering.make_offer(database, offer=new, speaker=_speaker(visit), recorded_at=visit.now)
            return _path(new.reference)

        return once.carry_out(visit, act="offer_made", subject=new.reference, do=do)
    except Refusal as refusal:
        problem = problem_of(visit, refusal)
        return _form(visit, visit.form, shown=None, subject=subject, problem=problem)


def show_terms(visit: Visit) -> Response:
    """Show the form of other terms, filled with those that were written last."""
    shown = _offer(visit)
    return _form(visit, fields_of(shown.offer.versions[-1].words), shown=shown)


def set_terms(visit: Visit) -> Response:
    """Try the terms that were typed, or write them, unless somebody else wrote meanwhile."""
    shown = _offer(visit)
    if visit.is_kept:
        return _form(visit, visit.form, shown=shown)
    base = _base(visit, shown)
    try:
        version = version_of(visit.form, base=base.words, now=visit.now)
        if visit.field("do") != "save":
            return _tried(visit, version, shown=shown)

        def do(database: Database) -> str:
            offering.add_version(
                database,
                reference=shown.offer.offer.reference,
                version=version,
                speaker=_speaker(visit),
                recorded_at=visit.now,
                reason=visit.field("reason").strip(),
                read_version_number=base.version.version,
            )
            return _path(shown.offer.offer.reference)

        return once.carry_out(
            visit, act="offer_changed", subject=shown.offer.offer.reference, do=do
        )
    except OfferChangedMeanwhile:
        return _form(visit, visit.form, shown=_offer(visit), is_overtaken=True)
    except Refusal as refusal:
        return _form(visit, visit.form, shown=shown, problem=problem_of(visit, refusal))


def show_state(visit: Visit) -> Response:
    """Ask for what reason, and from when on, an offer is suspended, withdrawn or resumed."""
    return _state_form(visit, _asked_state(visit.request.query_params.get("to", "")))


def change_state(visit: Visit) -> Response:
    """Suspend, withdraw or resume an offer."""
    shown, state = _offer(visit), _asked_state(visit.field("to"))
    if visit.is_kept:
        return _state_form(visit, state)
    reference = shown.offer.offer.reference

    def do(database: Database) -> str:
        offering.change_state(
            database,
            reference=reference,
            state=state,
            reason=visit.field("reason").strip(),
            speaker=_speaker(visit),
            recorded_at=visit.now,
            effective_at=instant_of(visit.form, "from"),
            read_version_number=_base(visit, shown).version.version,
        )
        return _path(reference)

    try:
        return once.carry_out(visit, act=f"offer_{state}", subject=reference, do=do)
    except Refusal as refusal:
        return _state_form(visit, state, problem_of(visit, refusal))


def state_of(shown: OfferShown, now: datetime) -> str:
    """Return how an offer stands: as its version in force says, or "planned", or "ended"."""
    version = shown.offer.offer.version_at(now)
    if version is not None:
        return "conflict" if shown.conflicts_with else str(version.state)
    has_begun = any(each.version.effective_at <= now for each in shown.offer.versions)
    return "ended" if has_begun else "planned"


def _form(
    visit: Visit,
    fields: Mapping[str, str],
    *,
    shown: OfferShown | None,
    subject: SubjectShown | None = None,
    problem: Problem | None = None,
    trial: Trial | None = None,
    version: NewOfferVersion | None = None,
    is_overtaken: bool = False,
) -> Response:
    """Show the form of terms, with what was typed in every field."""
    last = shown.offer.versions[-1] if shown else None
    base = _base(visit, shown) if shown and fields is visit.form else last
    status = 409 if is_overtaken else problem.status if problem else 200
    return page(
        visit,
        "offer_form.html",
        status=status,
        fields=fields,
        rows=rows_of(fields),
        kept_rows=[
            bool(each.tiers or each.stacking_group)
            for each in (last.words.terms.rate_lines if last else ())
        ],
        kept_words=last.words if last else None,
        choices=Choices(),
        shown=shown,
        last=last,
        subject=subject,
        problem=problem,
        place=place_of(problem.field) if problem else None,
        trial=trial,
        effective_from=version.terms.effective_from if version else None,
        said=told_of(visit, version),
        theirs=between(visit, base, last) if is_overtaken and base and last else None,
        is_overtaken=is_overtaken,
        once=once.new_form() if is_overtaken else visit.field(once.FIELD) or once.new_form(),
    )


def _tried(
    visit: Visit,
    version: NewOfferVersion,
    *,
    shown: OfferShown | None,
    subject: SubjectShown | None = None,
) -> Response:
    """Show the form with what the last quarter would have earned under it."""
    named = subject.reference if subject else None
    if shown is not None and shown.offer.subject_id is not None:
        named = shown.offer.offer.target
    trial = trying.try_offer(
        visit.book,
        visit.database,
        book_id=visit.given.book_id,
        owner_id=visit.session.owner_id,
        subject=named,
        version=version,
        at=visit.now,
    )
    return _form(visit, visit.form, shown=shown, subject=subject, trial=trial, version=version)


def _state_form(visit: Visit, state: OfferState, problem: Problem | None = None) -> Response:
    shown = _offer(visit)
    now = shown.offer.offer.version_at(visit.now)
    return page(
        visit,
        "offer_state.html",
        status=problem.status if problem else 200,
        shown=shown,
        to=state,
        current=None if now is None else shown.offer.written(now),
        reason=visit.field("reason"),
        starts_on=visit.field("from"),
        problem=problem,
        place=place_of(problem.field) if problem else None,
        once=visit.field(once.FIELD) or once.new_form(),
    )


def _offer(visit: Visit) -> OfferShown:
    return browsing.read_offer(
        visit.book,
        owner_id=visit.session.owner_id,
        reference=visit.request.path_params["reference"],
        at=visit.now,
        only_begun=False,
    )


def _subject(visit: Visit, reference: str) -> SubjectShown | None:
    """
    Return what an offer is to be for; None is everything.

    :raises PageNotThere: the holder has no such thing.
    """
    if not reference:
        return None
    for each in browsing.list_subjects(visit.book, visit.database, at=visit.now):
        if each.reference == reference:
            return each
    raise PageNotThere


def _base(visit: Visit, shown: OfferShown) -> VersionInBook:
    """Return the version that the form began with; the last one when it does not say."""
    text, versions = visit.field("base"), shown.offer.versions
    if text.isascii() and text.isdigit() and 0 < int(text[:9]) <= len(versions):
        return versions[int(text) - 1]
    return versions[-1]


def _asked_state(text: str) -> OfferState:
    try:
        return OfferState(text)
    except ValueError:
        raise PageNotThere from None


def _speaker(visit: Visit) -> Speaker:
    return Speaker(name=signature(visit), owner_id=visit.session.owner_id)


def _path(reference: str) -> str:
    return f"/offers/{quote(reference, safe='')}"


def _page(path: str, handler: Handler, *, method: str = "GET") -> Page:
    return Page(
        path=path,
        handler=handler,
        method=method,
        right=Right.DECIDE_OFFERS,
        of=Role.RIGHTS_HOLDER,
        keeps=method == "POST",
    )


PAGES = (
    _page("/offers", show_offers),
    _page("/offers/new", show_new),
    _page("/offers/new", make_offer, method="POST"),
    _page("/offers/{reference}", show_offer),
    _page("/offers/{reference}/terms", show_terms),
    _page("/offers/{reference}/terms", set_terms, method="POST"),
    _page("/offers/{reference}/state", show_state),
    _page("/offers/{reference}/state", change_state, method="POST"),
)
