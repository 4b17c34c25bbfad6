"""
All that a settlement follows from: what is divided, of whom, and how everybody stands that day.

Values only, as the store reads them; :mod:`ledger.core.reckoning` says what they come to.
Holders, committees and payees are named by their references.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from ledger.core.arrears import Arrears, Opening
from ledger.core.bank_account import AccountInForce, BankNames, CanBeWritten, copy_of_account
from ledger.core.capacity import Capacity
from ledger.core.claim import Claim, OverclaimPolicy
from ledger.core.contested import Cell, ClaimedLine, HolderClaims, contested_in
from ledger.core.earning import Balance
from ledger.core.exchange_terms import YEN
from ledger.core.invoice import PartyCopy
from ledger.core.payee_advance import PayeeAdvance
from ledger.core.payout import PayoutPlan
from ledger.core.period import Month
from ledger.core.prepayment_use import SettledUse
from ledger.core.reserve import HolderReserve, Reserve, ReserveClaim, ReserveTerms
from ledger.core.statement import RefusalRow, Translated, UsageRow
from ledger.core.suspense import Suspense
from ledger.core.tax import WithholdingBase
from ledger.core.waterfall import Waterfall


@dataclass(frozen=True, kw_only=True)
class DecidingDays:
    """The days on which a settlement looks at parties."""

    fee_on: date  # the entrustment: the last day of the closing month
    settled_on: date  # the registration; also the day of the statements and the journal
    paid_on: date  # the bank account, the treaty form, the withholding


@dataclass(frozen=True, kw_only=True)
class PartyInForce:
    """A party on the deciding days: what is printed of it, and what its fee and tax follow from."""

    id: int
    copy: PartyCopy
    role: str
    has_jp_establishment: bool
    minimum_payment_minor: int
    treaty_rate_bp: int | None
    treaty_form_filed_on: date | None
    admin_fee_bp: int | None  # None without an entrustment in force
    account: AccountInForce | None
    reserve_terms: ReserveTerms | None = None
    overclaim_policy: OverclaimPolicy = OverclaimPolicy.HOLD_DISPUTED_PART
    withholding_base: WithholdingBase = WithholdingBase.EXCLUDING_TAX
    capacity: Capacity = Capacity.INTERMEDIARY
    hold_reason: str | None = None  # why nothing is paid to it for a time
    lapsed_on: date | None = None  # the day its last registration ended, while it has none


@dataclass(frozen=True, kw_only=True)
class AccruedLine:
    """A royalty line that is divided by its invoice, whole, whether or not it is paid."""

    royalty_line_id: int
    licensee_id: int
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Translation:
    """What of a line was translated, and by which receipt it had come in, if by any."""

    receipt_id: int | None
    told: Translated


@dataclass(frozen=True, kw_only=True)
class WaitingMoney:
    """Money in another currency that is not divided, because its rate into yen is not known."""

    sum_key: object  # what is translated together, and so waits together
    receipt_ids: frozenset[int]
    invoice: str
    currency: str
    amount_minor: int  # with its tax
    day: date  # whose rate is meant
    source: str | None  # None where none is agreed


@dataclass(frozen=True, kw_only=True)
class ReceivedLine:
    """
    One royalty line to divide, or a part of a prepayment, as a statement shows it.

    It was paid for, or is under accrual terms and was invoiced.
    """

    licensee_id: int
    holder: str
    usage: UsageRow
    tax_minor: int  # its part of the consumption tax on the invoice
    prepayment_use_id: int | None = None
    royalty_line_id: int | None = None  # None for what no usage was charged for
    cells: tuple[Cell, ...] = ()  # where and when it was used, of a subject that is claimed
    is_accrued: bool = False  # under accrual terms: divided whether or not it is paid
    is_own: bool = False  # sold by the house for itself, which buys it from the holder
    prepayment_id: int | None = None
    translations: tuple[Translation, ...] = ()  # of a line in another currency than the book's

    @property
    def currency(self) -> str:
        """The currency in which it was invoiced."""
        return self.translations[0].told.rate.currency if self.translations else YEN

    @property
    def own_amount_minor(self) -> int:
        """What is divided of it in the currency in which it was invoiced, tax-exclusive."""
        if self.translations:
            return sum(each.told.amount_foreign for each in self.translations)
        return self.usage.royalty_minor

    @property
    def own_tax_minor(self) -> int:
        """The tax that goes with it, in that currency."""
        if self.translations:
            return sum(each.told.tax_foreign for each in self.translations)
        return self.tax_minor


@dataclass(frozen=True, kw_only=True)
class HeldUsage:
    """Usage that was refused or held, and whose subject it would have been."""

    holder: str
    row: RefusalRow


@dataclass(frozen=True, kw_only=True)
class ClaimedSubject:
    """A subject that is claimed: its key, and its titles."""

    id: int
    title_ja: str
    title_en: str


@dataclass(frozen=True, kw_only=True)
class Unsettled:
    """All that a settlement follows from."""

    closing_month: Month
    days: DecidingDays
    currency: str
    lines: Sequence[ReceivedLine]  # by holder, and within it as a statement lists them
    held: Sequence[HeldUsage]
    waterfalls: Mapping[str, Waterfall]
    openings: Mapping[str, Opening]
    carried: Mapping[str, Balance]
    arrears: Mapping[str, Mapping[str, Arrears]]  # by committee, and by payee
    parties: Mapping[str, PartyInForce]  # every holder and payee, and the operator
    bank_names: BankNames
    returned: Sequence[SettledUse] = ()
    idle: Sequence[str] = ()  # committees that nothing came in for, and that have fixed costs
    receipts: Mapping[int, int] = field(default_factory=dict)  # taken, each with its licensee
    advances: Mapping[str, Sequence[PayeeAdvance]] = field(default_factory=dict)  # by payee
    reserves: Mapping[str, Sequence[Reserve]] = field(default_factory=dict)  # by holder
    claimed_back: Mapping[str, Sequence[ReserveClaim]] = field(default_factory=dict)  # by holder
    claims: Sequence[Claim] = ()  # on the subjects of lines and of what waits
    waiting: Mapping[str, Sequence[Suspense]] = field(default_factory=dict)  # by holder
    claimed: Mapping[str, ClaimedSubject] = field(default_factory=dict)  # subjects
    unknown_rates: Sequence[WaitingMoney] = ()
    unwritable: frozenset[str] = frozenset()  # parties whose accounts no file can carry

    def held_to(self, can_be_written: CanBeWritten | None) -> "Unsettled":
        """Return the same, knowing whose accounts a bank's file cannot carry."""
        if can_be_written is None:
            return self
        copies = {
            reference: copy_of_account(party.account, self.bank_names)
            for reference, party in self.parties.items()
            if party.account is not None
        }
        return replace(
            self,
            unwritable=frozenset(
                reference
                for reference, account in copies.items()
                if account is not None and not can_be_written(self.parties[reference].copy, account)
            ),
        )

    def by_bank(self, plan: PayoutPlan) -> int:
        """Return what a plan takes from the bank; what Stripe transfers is in its balance."""
        return sum(
            line.payout_minor
            for line in plan.payments
            if not ((account := self.parties[line.payee].account) and account.is_at_stripe)
        )

    @cached_property
    def uses(self) -> tuple[SettledUse, ...]:
        """The parts of prepayments that are passed on or given back."""
        passed = [
            SettledUse(
                prepayment_use_id=line.prepayment_use_id,
                licensee_id=line.licensee_id,
                holder_id=self.parties[line.holder].id,
                amount_minor=line.own_amount_minor,
                tax_minor=line.own_tax_minor,
                currency=line.currency,
                is_own=line.is_own,
            )
            for line in self.lines
            if line.prepayment_use_id is not None
        ]
        return (*passed, *self.returned)

    @cached_property
    def accrued(self) -> tuple[AccruedLine, ...]:
        """The lines that are divided by their invoices, beside what prepayments pay of them."""
        return tuple(
            AccruedLine(
                royalty_line_id=line.royalty_line_id,
                licensee_id=line.licensee_id,
                amount_minor=line.own_amount_minor,
                tax_minor=line.own_tax_minor,
            )
            for line in self.lines
            if line.is_accrued
            and line.royalty_line_id is not None
            and line.prepayment_use_id is None
        )

    @cached_property
    def is_ahead(self) -> bool:
        """Whether something is divided that nobody need have paid yet."""
        return any(line.is_accrued for line in self.lines)

    @cached_property
    def party_ids(self) -> dict[str, int]:
        """The key of every party, by reference."""
        return {reference: party.id for reference, party in self.parties.items()}

    def reserve_of(self, holder: str) -> HolderReserve | None:
        """Return what a rights holder has in reserve; None when nothing is held, nor was."""
        terms = self.parties[holder].reserve_terms
        reserves, claims = self.reserves.get(holder, ()), self.claimed_back.get(holder, ())
        if terms is None and not reserves and not claims:
            return None
        return HolderReserve(
            month=self.closing_month,
            terms=terms,
            reserves=tuple(reserves),
            claims=tuple(claims),
        )

    def claims_of(self, holder: str, lines: Sequence[ReceivedLine]) -> HolderClaims | None:
        """Return what is claimed of a holder's lines, and waits; None when nothing is."""
        waiting = tuple(self.waiting.get(holder, ()))
        policy = self.parties[holder].overclaim_policy
        claimed = (
            ClaimedLine(
                subject=line.usage.subject_reference,
                right=line.usage.modality,
                cells=line.cells,
                royalty_minor=line.usage.royalty_minor,
                tax_minor=line.tax_minor,
            )
            for line in lines
        )
        on_lines = self._claims_on(line.usage.subject_reference for line in lines)
        contested = contested_in(claimed, on_lines, holder=holder, policy=policy)
        if not contested and not waiting:
            return None
        return HolderClaims(
            holder=holder,
            month=self.closing_month,
            policy=policy,
            claims=self._claims_on(each.where.subject for each in waiting),
            contested=contested,
            waiting=waiting,
        )

    @cached_property
    def _claims_by_subject(self) -> dict[str, list[Claim]]:
        found: dict[str, list[Claim]] = {}
        for claim in self.claims:
            found.setdefault(claim.subject, []).append(claim)
        return found

    def _claims_on(self, subjects: Iterable[str]) -> tuple[Claim, ...]:
        by_subject = self._claims_by_subject
        return tuple(
            claim for each in dict.fromkeys(subjects) for claim in by_subject.get(each, ())
        )
