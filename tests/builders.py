"""
One builder for each kind of thing in the book, so that a test states only what matters to it.

``new_…`` returns what is to be written, the others write it through the use cases and return its
reference. All names are invented; check digits are computed by the core. What a thing needs and
a test does not name is built too: a work's owner, a committee's members, a license's licensee.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ledger.core.account_at_home import NewBankAccount
from ledger.core.agreement import NewGrant, NewLicense, NewRateLine, NewTerms
from ledger.core.party import NewEntrustment, NewParty
from ledger.core.period import Month
from ledger.core.registration import RegistrationPeriod, check_digit
from ledger.services import (
    BOOK_ID,
    cataloguing,
    closing,
    consenting,
    granting,
    inviting,
    keeping,
    registering,
)
from ledger.services.consenting import NewConsent
from ledger.services.inviting import NewMember
from ledger.services.keeping import Maker
from ledger.services.registering import NewCommittee, NewStep
from ledger.store.database import Database
from ledger.store.parties import find_parties
from ledger.store.people import Member
from ledger.store.works import NewSubject, find_subjects

#: When everything is written down, and from when it holds, unless a test says otherwise.
RECORDED_AT = datetime(2026, 3, 20, 3, 0, tzinfo=UTC)
STARTS_ON = date(2026, 4, 1)
STARTS_AT = Month(2026, 4).starts_at

FEES_FIRST_STEPS = (
    NewStep(kind="fee", category="window_fee", payee="window", rate_bp=1_500),
    NewStep(kind="royalty", category="original", payee="author", rate_bp=500),
)


def corporate_number(seed: str) -> str:
    """Return an invented corporate number with a valid check digit, the same for a seed."""
    base = str(int(sha256(seed.encode()).hexdigest(), 16))[-12:]
    return f"{check_digit(base)}{base}"


def new_company(reference: str = "hoshino", **changes: Any) -> NewParty:
    """A registered Japanese company that holds rights, with a bank account and a fee of 8 %."""
    number = corporate_number(reference)
    company = NewParty(
        reference=reference,
        role="rights_holder",
        kind="company",
        name_ja="株式会社星野書店",
        name_en="Hoshino Shoten Inc.",
        name_kana="カブシキガイシャホシノショテン",
        postal_code="101-0051",
        address_ja="東京都千代田区神田神保町9-9-9",
        address_en="9-9-9 Kanda Jimbocho, Chiyoda-ku, Tokyo",
        corporate_number=number,
        registrations=(RegistrationPeriod(number=f"T{number}", valid_from=date(2023, 10, 1)),),
        bank_account=new_bank_account(),
        minimum_payment_minor=5_000,
        entrustment=NewEntrustment(admin_fee_bp=800, effective_from=STARTS_ON),
    )
    return replace(company, **changes)


def new_person(reference: str = "minami", **changes: Any) -> NewParty:
    """A resident author without a registration."""
    person = new_company(
        reference,
        kind="individual",
        name_ja="南ひかり",
        name_en="Hikari Minami",
        name_kana="ミナミヒカリ",
        corporate_number=None,
        registrations=(),
    )
    return replace(person, **changes)


def new_licensee(reference: str = "studio-a", **changes: Any) -> NewParty:
    """A Japanese AI firm."""
    firm = new_company(
        reference,
        role="licensee",
        name_ja="株式会社スタジオA",
        name_en="Studio A Inc.",
        name_kana="カブシキガイシャスタジオエー",
        minimum_payment_minor=0,
        entrustment=None,
    )
    return replace(firm, **changes)


def new_bank_account(**changes: Any) -> NewBankAccount:
    """An account at a bank that exists only here."""
    account = NewBankAccount(
        bank_code="0001",
        branch_code="001",
        account_type="ordinary",
        number="1234567",
        holder_kana="ｶ)ﾎｼﾉｼﾖﾃﾝ",
        effective_from=STARTS_ON,
    )
    return replace(account, **changes)


def new_committee(reference: str = "kaze-committee", **changes: Any) -> NewCommittee:
    """A committee of two members, with a window fee and an author; see FEES_FIRST_STEPS."""
    committee = NewCommittee(
        party=new_company(
            reference,
            kind="committee",
            name_ja="風の町製作委員会",
            name_en="Kaze no Machi Production Committee",
            name_kana="カゼノマチセイサクイインカイ",
            corporate_number=None,
            registrations=(),
            bank_account=None,
            minimum_payment_minor=0,
        ),
        preset="fees_first",
        effective_from=Month(2026, 4),
        steps=FEES_FIRST_STEPS,
        members=(("lead", 6_000), ("publisher", 4_000)),
    )
    return replace(committee, **changes)


def new_work(reference: str = "kaze-no-machi", **changes: Any) -> NewSubject:
    """An animated series."""
    work = NewSubject(
        reference=reference,
        kind="work",
        owner="hoshino",
        title_ja="風の町",
        title_kana="カゼノマチ",
        title_en="The Windy Town",
        medium="anime_tv",
        credit_line="©星野書店/風の町製作委員会",
    )
    return replace(work, **changes)


def new_rate_line(**changes: Any) -> NewRateLine:
    """Twelve yen an image."""
    return replace(NewRateLine(basis="per_image", rate=Decimal(12)), **changes)


def new_terms(**changes: Any) -> NewTerms:
    """Yen, truncated, from the first day."""
    terms = NewTerms(
        effective_from=STARTS_AT, clause_reference="第5条第1項", rate_lines=(new_rate_line(),)
    )
    return replace(terms, **changes)


def new_grant(**changes: Any) -> NewGrant:
    """Images of one work, generated anywhere."""
    grant = NewGrant(
        subjects=("kaze-no-machi",),
        modalities=("image",),
        use_classes=("generation",),
        terms=new_terms(),
    )
    return replace(grant, **changes)


def new_license(reference: str = "LIC-2026-001", **changes: Any) -> NewLicense:
    """A license of one grant without an end."""
    license_ = NewLicense(
        reference=reference,
        licensee="studio-a",
        starts_at=STARTS_AT,
        signed_on=date(2026, 3, 15),
        grants=(new_grant(),),
    )
    return replace(license_, **changes)


def parties(database: Database, *new: NewParty) -> list[str]:
    """Write parties."""
    registering.register_parties(database, parties=new, recorded_at=RECORDED_AT)
    return [party.reference for party in new]


def party(database: Database, reference: str = "hoshino", **changes: Any) -> str:
    """Write a company that holds rights."""
    return parties(database, new_company(reference, **changes))[0]


def licensee(database: Database, reference: str = "studio-a", **changes: Any) -> str:
    """Write an AI firm."""
    return parties(database, new_licensee(reference, **changes))[0]


def committee(database: Database, reference: str = "kaze-committee", **changes: Any) -> str:
    """Write a committee, with whichever of its usual payees and members the book lacks."""
    new = new_committee(reference, **changes)
    named = {name for name, _ in new.members}
    for step in new.steps:
        named |= {step.payee, *(name for name, _ in step.passes)}
    missing = named - _known(database, named)
    parties(
        database,
        *(new_person(name) if name == "author" else new_company(name) for name in sorted(missing)),
    )
    return registering.register_committee(database, committee=new, recorded_at=RECORDED_AT)


def key(database: Database, party_reference: str = "studio-a", **changes: Any) -> str:
    """Issue a key that may report and read; its secret follows from its label."""
    asked: dict[str, Any] = {"label": "first", "scopes": ["report", "read"], **changes}
    asked.setdefault("secret", sha256(f"{party_reference} {asked['label']}".encode()).digest())
    return keeping.issue_key(
        database, party_reference=party_reference, recorded_at=RECORDED_AT, **asked
    ).text


def revoke(database: Database, *, label: str = "first") -> None:
    """End the keys of a label."""
    for key in keeping.list_keys(database, owner_id=None, limit=100).keys:
        if key.label == label:
            keeping.revoke_key(
                database,
                owner_id=None,
                reference=key.reference,
                reason="lost",
                maker=Maker(name="keiri"),
                revoked_at=RECORDED_AT,
            )


def work(
    database: Database,
    reference: str = "kaze-no-machi",
    *,
    offered_at: datetime | None = STARTS_AT,
    **changes: Any,
) -> str:
    """Write a work and its owner, and offer it; not offered when ``offered_at`` is None."""
    new = new_work(reference, **changes)
    if new.owner not in _known(database, {new.owner}):
        party(database, new.owner)
    cataloguing.add_subjects(database, subjects=[new], recorded_at=RECORDED_AT)
    if offered_at is not None:
        offer(database, [reference], effective_at=offered_at)
    return reference


def consent(database: Database, **changes: Any) -> None:
    """Write a performer's consent to the synthesis of a voice, with 30 days of notice."""
    new = NewConsent(
        reference="CON-1",
        subject="koe",
        performer="美波ひかり",
        use_classes=("voice_synthesis",),
        given_on=date(2026, 1, 10),
        notice_period_days=30,
    )
    consenting.give_consent(
        database,
        consent=replace(new, **changes),
        recorded_by="kotonoha/contracts",
        recorded_at=RECORDED_AT,
    )


def offer(database: Database, references: Sequence[str], **changes: Any) -> int:
    """Decide about subjects; an offer from the first day unless told otherwise."""
    decision: dict[str, Any] = {"state": "offered", "effective_at": STARTS_AT, **changes}
    return granting.set_opt_in(
        database,
        subject_references=references,
        recorded_by="hoshino/rights-desk",
        recorded_at=RECORDED_AT,
        **decision,
    )


def license(database: Database, reference: str = "LIC-2026-001", **changes: Any) -> str:
    """Write a license, its licensee, and whichever of its subjects the book lacks."""
    new = new_license(reference, **changes)
    if new.licensee not in _known(database, {new.licensee}):
        licensee(database, new.licensee)
    named = dict.fromkeys(name for grant in new.grants for name in grant.subjects)
    for name in _unknown_subjects(database, named):
        work(database, name)
    return granting.grant_license(database, license=new, recorded_at=RECORDED_AT)


def close_through(database: Database, last: Month) -> None:
    """Close the months from April on, each as soon as it is over."""
    month = Month.of(STARTS_AT)
    while month <= last:
        closing.close_month(database, month=month, closed_by="keiri", closed_at=month.ends_at)
        month = month.next()


def _known(database: Database, references: set[str]) -> set[str]:
    with database.transaction() as session:
        return set(find_parties(session, book_id=BOOK_ID, references=references))


def _unknown_subjects(database: Database, references: Collection[str]) -> list[str]:
    with database.transaction() as session:
        found = find_subjects(session, book_id=BOOK_ID, references=references)
    return [reference for reference in references if reference not in found]


def member(database: Database, organisation: str = "hoshino", **changes: Any) -> Member:
    """Let somebody act for an organisation; a rights holder's unless told otherwise."""
    new = NewMember(
        organisation=organisation, email="sato@hoshino.example", name="佐藤みお", role="holder"
    )
    invited = inviting.invite(
        database,
        new=replace(new, **changes),
        is_mailed=False,
        recorded_at=RECORDED_AT,
        recorded_by="house",
    )
    return invited.member
