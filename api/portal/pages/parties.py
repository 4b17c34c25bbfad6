"""
Parties: found, looked at with everything they had before, and changed by new rows.

A change is entered, shown beside what it changes, and written when it is pressed once more. Whoever
enters one while somebody else does is shown what the other changed, and keeps what they typed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from api.banking import bank_names
from api.days import read_day
from api.portal.accounts import AccountInThePast, check_payable
from api.portal.amounts import bp_of
from api.portal.once import carry_out, new_form
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.account_at_home import NewBankAccount
from ledger.core.fields import FieldRefusal
from ledger.core.membership import Right
from ledger.core.party import NewEntrustment, Role
from ledger.core.period import tokyo_day
from ledger.core.refusal import Refusal
from ledger.services import entrusting, introducing, mending, redirecting
from ledger.services.entrusting import LaterEntrustment
from ledger.services.mending import PartyChange, PartyChangedMeanwhile
from ledger.store.database import Database
from ledger.store.party_files import PartyFile, PrintedVersion

_SHOWN = 50

#: More characters than any field of a form takes in the browser.
_TYPED_MAX = 500

#: What is printed of a party, in the order of the form.
PRINTED = ("name_ja", "name_en", "name_kana", "postal_code", "address_ja", "address_en")


class TypedTooLong(FieldRefusal):
    """A field holds more than anybody prints. Carries how many characters it may have."""

    code = "typed_too_long"


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A field that one version has otherwise than another."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """A change of a party: what its fields hold at first, and which use case writes it."""

    act: str
    fields: Callable[[PartyFile, Visit], Mapping[str, str]]
    write: Callable[[Visit, PartyFile, Database], None]


def show_parties(visit: Visit) -> Response:
    """List parties, those that are looked for or all."""
    asked = visit.request.query_params
    words = "".join(each for each in asked.get("q", "") if each.isprintable()).strip()[:100]
    role = asked.get("role", "") if asked.get("role", "") in tuple(Role) else ""
    found = introducing.search(
        visit.database,
        book_id=visit.given.book_id,
        words=words,
        role=role,
        after=_after(visit),
        limit=_SHOWN,
    )
    return page(
        visit,
        "parties.html",
        seen=found,
        words=words,
        role=role,
        roles=tuple(Role),
    )


def show_party(visit: Visit) -> Response:
    """Show a party as it is, and as it was."""
    file = _file(visit)
    return page(
        visit,
        "party.html",
        party=file,
        today=tokyo_day(visit.now),
        history=list(_history(file)),
        forms=_forms_of(file) if visit.may(Right.EDIT_PARTIES) else (),
        bank_names=bank_names(),
    )


def show_form(visit: Visit) -> Response:
    """Show a form that holds what is so now."""
    file, name = _file(visit), _name(visit)
    return _asked(visit, file, name, FORMS[name].fields(file, visit))


def take_form(visit: Visit) -> Response:
    """Show what a change would change; carry it out when that was seen."""
    file, name = _file(visit), _name(visit)
    form = FORMS[name]
    typed = {field: visit.field(field).strip() for field in form.fields(file, visit)}
    if visit.is_kept:
        return _asked(visit, file, name, typed)
    for field, value in typed.items():
        if len(value) > _TYPED_MAX:
            refusal = TypedTooLong(field=field, most=_TYPED_MAX, found=len(value))
            return _asked(visit, file, name, typed, problem=problem_of(visit, refusal))
    if visit.field("is_seen") != "yes":
        return _asked(visit, file, name, typed, is_review=True)

    def do(database: Database) -> str:
        form.write(visit, file, database)
        return f"/parties/{file.reference}"

    try:
        return carry_out(visit, act=form.act, subject=file.reference, do=do)
    except PartyChangedMeanwhile as refusal:
        return _asked(visit, file, name, typed, problem=problem_of(visit, refusal), others=True)
    except Refusal as refusal:
        return _asked(visit, file, name, typed, problem=problem_of(visit, refusal))


def _asked(
    visit: Visit,
    file: PartyFile,
    name: str,
    typed: Mapping[str, str],
    *,
    is_review: bool = False,
    problem: Problem | None = None,
    others: bool = False,
) -> Response:
    now = FORMS[name].fields(file, visit)
    seen = next((v for v in file.versions if str(v.id) == visit.field("seen")), None)
    return page(
        visit,
        "party_form.html",
        status=200 if problem is None else problem.status,
        name=name,
        party=file,
        typed=typed,
        reason=visit.field("reason"),
        is_review=is_review,
        differences=[
            Changed(field=field, before=now[field], after=value)
            for field, value in typed.items()
            if now[field] != value
        ],
        problem=problem,
        others=_between(seen, file.printed) if others and seen is not None else [],
        once=new_form(),
    )


def _correct_fields(file: PartyFile, visit: Visit) -> Mapping[str, str]:
    printed = {field: getattr(file.printed, field) for field in PRINTED}
    number = file.printed.registration_number or next(
        (each.number for each in file.registrations), ""
    )
    return {**printed, "registration_number": number, "registered_from": ""}


def _correct(visit: Visit, file: PartyFile, database: Database) -> None:
    typed: dict[str, Any] = {field: visit.field(field).strip() for field in PRINTED}
    number = visit.field("registration_number").strip()
    since = visit.field("registered_from")
    before = _correct_fields(file, visit)
    seen = visit.field("seen")
    mending.correct_party(
        database,
        book_id=visit.given.book_id,
        party=file.reference,
        change=PartyChange(
            **typed,
            registration_number=number if number != before["registration_number"] else None,
            registered_from=read_day(since) if since else None,
        ),
        reason=visit.field("reason").strip(),
        recorded_by=signature(visit),
        recorded_at=visit.now,
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else -1,
    )


def _account_fields(file: PartyFile, visit: Visit) -> Mapping[str, str]:
    last = next((each for each in file.accounts if each.bank_code), None)
    fields = ("bank_code", "branch_code", "account_type", "number", "holder_kana")
    held = {field: getattr(last, field) if last else "" for field in fields}
    return {
        **held,
        "account_type": held["account_type"] or "ordinary",
        "effective_from": tokyo_day(visit.now).isoformat(),
    }


def _redirect(visit: Visit, file: PartyFile, database: Database) -> None:
    account = NewBankAccount(
        bank_code=visit.field("bank_code").strip(),
        branch_code=visit.field("branch_code").strip(),
        account_type=visit.field("account_type"),
        number=visit.field("number").strip(),
        holder_kana=visit.field("holder_kana").strip(),
        effective_from=read_day(visit.field("effective_from")),
    )
    if account.effective_from < tokyo_day(visit.now):
        raise AccountInThePast(day=account.effective_from, today=tokyo_day(visit.now))
    redirecting.change_account(
        database,
        book_id=visit.given.book_id,
        party=file.reference,
        account=check_payable(account),
        reason=visit.field("reason").strip(),
        recorded_by=signature(visit),
        recorded_at=visit.now,
    )


def _entrustment_fields(file: PartyFile, visit: Visit) -> Mapping[str, str]:
    last = next(iter(file.entrustments), None)
    return {
        "admin_fee": "" if last is None else _percent(last.admin_fee_bp),
        "reserve": "" if last is None or last.reserve_bp is None else _percent(last.reserve_bp),
        "reserve_months": str(last.reserve_months or "") if last else "",
        "overclaim_policy": last.overclaim_policy if last else "hold_disputed_part",
        "confirm_within_days": str(last.confirm_within_days or "") if last else "",
        "capacity": last.capacity if last else "intermediary",
        "effective_from": "",
    }


def _entrust(visit: Visit, file: PartyFile, database: Database) -> None:
    reserve = visit.field("reserve").strip()
    fee = visit.field("admin_fee").strip()
    entrusting.change_entrustments(
        database,
        book_id=visit.given.book_id,
        changes=[
            LaterEntrustment(
                party=file.reference,
                terms=NewEntrustment(
                    admin_fee_bp=0 if fee == "0" else bp_of(fee, field="admin_fee"),
                    effective_from=read_day(visit.field("effective_from")),
                    reserve_bp=bp_of(reserve, field="reserve") if reserve else None,
                    reserve_months=_whole(visit.field("reserve_months")),
                    overclaim_policy=visit.field("overclaim_policy"),
                    confirm_within_days=_whole(visit.field("confirm_within_days")),
                    capacity=visit.field("capacity"),
                ),
            )
        ],
    )


#: What may be changed of a party.
FORMS: Mapping[str, Form] = {
    "correct": Form(act="party_corrected", fields=_correct_fields, write=_correct),
    "account": Form(act="account_changed", fields=_account_fields, write=_redirect),
    "entrustment": Form(act="entrustment_changed", fields=_entrustment_fields, write=_entrust),
}


def _forms_of(file: PartyFile) -> tuple[str, ...]:
    """Return what may be changed of a party of its kind."""
    if file.kind == "committee":
        return ("correct", "entrustment")
    is_holder = file.role == Role.RIGHTS_HOLDER
    return ("correct", "account", "entrustment") if is_holder else ("correct", "account")


def _history(file: PartyFile) -> Iterator[tuple[PrintedVersion, list[Changed]]]:
    """Yield every correction with what it changed, the newest first; at last how it began."""
    for later, earlier in zip(file.versions, (*file.versions[1:], None), strict=True):
        yield later, [] if earlier is None else _between(earlier, later)


def _between(earlier: PrintedVersion, later: PrintedVersion) -> list[Changed]:
    """Return what a later version has otherwise than an earlier one."""
    fields = (*PRINTED, "registration_number")
    pairs = ((name, getattr(earlier, name) or "", getattr(later, name) or "") for name in fields)
    return [
        Changed(field=name, before=before, after=after)
        for name, before, after in pairs
        if before != after
    ]


def _percent(rate_bp: int) -> str:
    return f"{rate_bp // 100}.{rate_bp % 100:02}".rstrip("0").rstrip(".")


def _whole(typed: str) -> int | None:
    digits = typed.strip()
    if not digits:
        return None
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else -1


def _file(visit: Visit) -> PartyFile:
    file = introducing.read_file(
        visit.database,
        book_id=visit.given.book_id,
        party=visit.request.path_params["party"],
    )
    if file is None:
        raise PageNotThere
    return file


def _name(visit: Visit) -> str:
    name: str = visit.request.path_params["form"]
    if name not in _forms_of(_file(visit)):
        raise PageNotThere
    return name


def _after(visit: Visit) -> int:
    text = visit.request.query_params.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise PageNotThere
    return int(text)


_PARTY = "/parties/{party}"

PAGES = (
    Page(path="/parties", handler=show_parties, right=Right.SEE_WORK),
    Page(path=_PARTY, handler=show_party, right=Right.SEE_WORK),
    Page(path=f"{_PARTY}/{{form}}", handler=show_form, right=Right.EDIT_PARTIES),
    Page(
        path=f"{_PARTY}/{{form}}",
        handler=take_form,
        method="POST",
        right=Right.EDIT_PARTIES,
        keeps=True,
    ),
)
