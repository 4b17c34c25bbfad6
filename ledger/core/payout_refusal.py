"""Why a payout run, or a payment of one, is not moved on."""

from ledger.core.refusal import Refusal


class PayoutsAlreadyReleased(Refusal):
    """The run was released before. Carries by whom and when."""

    code = "payouts_already_released"
    field = "run_reference"


class PayoutRunCancelled(Refusal):
    """The run was cancelled, and nothing more is done with it. Carries by whom and why."""

    code = "payout_run_cancelled"
    field = "run_reference"


class PayoutRunAlreadyApproved(Refusal):
    """The run was approved before. Carries by whom."""

    code = "payout_run_already_approved"
    field = "run_reference"


class PayoutRunNotReleased(Refusal):
    """The bank cannot have answered to a run that it was never given."""

    code = "payout_run_not_released"
    field = "run_reference"


class TransfersNotPossible(Refusal):
    """A run pays through Stripe, and no key of Stripe's is set. Carries the run."""

    code = "transfers_not_possible"
    field = "run_reference"


class PayoutRunOverItsDay(Refusal):
    """The day on which a run should be paid has gone by. Carries both days."""

    code = "payout_run_over_its_day"
    field = "run_reference"


class SamePersonCannotApprove(Refusal):
    """Whoever planned a run may not approve it too."""

    code = "same_person_cannot_approve"
    field = "approved_by"


class SamePersonCannotRelease(Refusal):
    """Whoever planned a run may not release it as long as nobody else approved it."""

    code = "same_person_cannot_release"
    field = "released_by"


class PayeeHeldBack(Refusal):
    """The run pays somebody who was held back meanwhile. Carries the run and the payee."""

    code = "payee_held_back"
    field = "run_reference"


class PayeeNotInRun(Refusal):
    """The run pays nothing to the party."""

    code = "payee_not_in_run"
    field = "payee"


class PayoutAlreadyReturned(Refusal):
    """The bank returned the payment before. Carries on which day."""

    code = "payout_already_returned"
    field = "payee"


class PayoutAlreadyConfirmed(Refusal):
    """The bank confirmed the payment before. Carries on which day."""

    code = "payout_already_confirmed"
    field = "payee"


class BankAnsweredEarly(Refusal):
    """The bank is said to have answered before the day of the run, or on a day to come."""

    code = "bank_answered_early"
    field = "answered_on"


class NotABankingDay(Refusal):
    """Banks do not transfer on the day; carries the next on which they do."""

    code = "not_a_banking_day"
    field = "pay_on"


class NothingToPayAgain(Refusal):
    """No payment that was returned or cancelled waits to be made again."""

    code = "nothing_to_pay_again"
