"""Consents of performers to the use of a holder's voices: given, listed and withdrawn."""

import re

from starlette.responses import Response

from api.portal import once
from api.portal.offer_forms import day_of, place_of
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Handler, Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.fields import NumberNotWhole, TextMissing
from ledger.core.membership import Right
from ledger.core.party import Role
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.core.usage import UseClass
from ledger.services import browsing, consenting
from ledger.services.browsing import SubjectShown
from ledger.services.consenting import NewConsent
from ledger.store.consents import ConsentInBook
from ledger.store.database import Database

_LIST = re.compile(r"[,、\s]+")


def show_consents(visit: Visit) -> Response:
    """List voices with the consents to their use."""
    given = consenting.list_consents(visit.book, owner_id=visit.session.owner_id)
    return page(
        visit,
        "consents.html",
        voices=_voices(visit),
        given={
            voice.reference: [each for each in given if each.subject == voice.reference]
            for voice in _voices(visit)
        },
        today=tokyo_day(visit.now),
    )


def show_new(visit: Visit) -> Response:
    """Show the form of a consent that was given."""
    return _new_form(visit, _voice(visit, visit.request.query_params.get("voice", "")))


def give(visit: Visit) -> Response:
    """Enter a consent as the performer gave it."""
    voice = _voice(visit, visit.field("voice"))
    if visit.is_kept:
        return _new_form(visit, voice)

    def do(database: Database) -> str:
        consenting.give_consent(
            database,
            consent=_new(visit, voice),
            recorded_by=signature(visit),
            recorded_at=visit.now,
            owner_id=visit.session.owner_id,
        )
        return "/consents"

    try:
        return once.carry_out(visit, act="consent_given", subject=voice.reference, do=do)
    except Refusal as refusal:
        return _new_form(visit, voice, problem_of(visit, refusal))


def show_withdrawal(visit: Visit) -> Response:
    """Ask from which day on, and why, a consent is withdrawn."""
    query = visit.request.query_params
    return _withdrawal_form(visit, query.get("voice", ""), query.get("consent", ""))


def withdraw(visit: Visit) -> Response:
    """Enter that a performer withdraws a consent."""
    voice, consent = visit.field("voice"), visit.field("consent")
    if visit.is_kept:
        return _withdrawal_form(visit, voice, consent)
    _consent(visit, voice, consent)

    def do(database: Database) -> str:
        consenting.withdraw_consent(
            database,
            subject=voice,
            reference=consent,
            withdrawn_on=day_of(visit.form, "from") or tokyo_day(visit.now),
            reason=visit.field("reason").strip(),
            recorded_by=signature(visit),
            recorded_at=visit.now,
            owner_id=visit.session.owner_id,
        )
        return "/consents"

    try:
        return once.carry_out(visit, act="consent_withdrawn", subject=f"{voice} {consent}", do=do)
    except Refusal as refusal:
        return _withdrawal_form(visit, voice, consent, problem_of(visit, refusal))


def _new(visit: Visit, voice: SubjectShown) -> NewConsent:
    form = visit.form
    days = visit.field("notice").strip()
    if not (days.isascii() and days.isdigit() and len(days) < 10):
        raise NumberNotWhole(field="notice_period_days", value=days[:40])
    given_on = day_of(form, "given_on")
    if given_on is None:
        raise TextMissing(field="given_on", value="")
    return NewConsent(
        reference=visit.field("reference").strip(),
        subject=voice.reference,
        performer=visit.field("performer").strip(),
        use_classes=tuple(
            str(each) for each in UseClass if visit.field(f"use_class_{each}") == "yes"
        ),
        given_on=given_on,
        notice_period_days=int(days),
        languages=tuple(each for each in _LIST.split(visit.field("languages").strip()) if each),
        evidence_sha256=visit.field("evidence").strip() or None,
    )


_PLACES = {
    "notice_period_days": "notice",
    "use_classes": "use_class_generation",
    "evidence_sha256": "evidence",
}


def _new_form(visit: Visit, voice: SubjectShown, problem: Problem | None = None) -> Response:
    field = problem.field if problem else None
    fields = visit.form or {
        "notice": "30",
        "use_class_voice_synthesis": "yes",
        "given_on": str(tokyo_day(visit.now)),
    }
    return page(
        visit,
        "consent_form.html",
        status=problem.status if problem else 200,
        voice=voice,
        fields=fields,
        use_classes=tuple(UseClass),
        problem=problem,
        place=_PLACES.get(field or "", field),
        once=visit.field(once.FIELD) or once.new_form(),
    )


def _withdrawal_form(
    visit: Visit, voice: str, reference: str, problem: Problem | None = None
) -> Response:
    return page(
        visit,
        "consent_withdrawal.html",
        status=problem.status if problem else 200,
        voice=_voice(visit, voice),
        given=_consent(visit, voice, reference),
        reason=visit.field("reason"),
        starts_on=visit.field("from"),
        problem=problem,
        place=place_of(problem.field) if problem else None,
        once=visit.field(once.FIELD) or once.new_form(),
    )


def _voices(visit: Visit) -> list[SubjectShown]:
    subjects = browsing.list_subjects(visit.book, visit.database, at=visit.now)
    return [each for each in subjects if each.kind == "voice"]


def _voice(visit: Visit, reference: str) -> SubjectShown:
    for each in _voices(visit):
        if each.reference == reference:
            return each
    raise PageNotThere


def _consent(visit: Visit, voice: str, reference: str) -> ConsentInBook:
    if voice != _voice(visit, voice).reference:
        raise PageNotThere
    found = consenting.list_consents(visit.book, subject=voice, owner_id=visit.session.owner_id)
    for each in found:
        if each.reference == reference:
            return each
    raise PageNotThere


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
    _page("/consents", show_consents),
    _page("/consents/new", show_new),
    _page("/consents/new", give, method="POST"),
    _page("/consents/withdrawal", show_withdrawal),
    _page("/consents/withdrawal", withdraw, method="POST"),
)
