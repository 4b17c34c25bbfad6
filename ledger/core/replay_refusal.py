"""Why a change of a replay is refused: it names what is not there, or puts what cannot be."""

from ledger.core.refusal import Refusal


class ReplayChangesNothing(Refusal):
    """There is no change, or one that leaves what it names as it is. Carries where."""

    code = "replay_changes_nothing"


class ReplayLicenseUnknown(Refusal):
    """A change names a license that is not in the book."""

    code = "replay_license_unknown"
    field = "license"


class ReplayLineUnknown(Refusal):
    """No rate line of the license is what the change names. Carries what there is."""

    code = "replay_line_unknown"
    field = "license"


class ReplayCommitteeUnknown(Refusal):
    """A change names a committee without a waterfall in the months."""

    code = "replay_committee_unknown"
    field = "committee"


class ReplayStepUnknown(Refusal):
    """A change names a step that the committee's waterfall does not have. Carries what it has."""

    code = "replay_step_unknown"
    field = "category"


class ReplayHolderUnknown(Refusal):
    """A change names a rights holder that earned nothing in the months."""

    code = "replay_holder_unknown"
    field = "holder"


class ReplayValueWrong(Refusal):
    """What a change puts in place cannot be. Carries of what, and why."""

    code = "replay_value_wrong"
