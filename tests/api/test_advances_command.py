"""Advances from the file they are agreed in to their invoice, and terms that cannot be entered."""

from datetime import date
from pathlib import Path

import pytest

from ledger.core.period import Month
from tests import builders
from tests.api.test_cli import Desk, desk
from tests.services.firms import select

__all__ = ["desk"]

LICENSE = """
[[licenses]]
reference = "LIC-1"
licensee = "studio-a"
signed_on = 2026-10-20
starts_at = 2026-11-01T00:00:00+09:00

[[licenses.grants]]
subjects = ["kaze-no-machi"]
modalities = ["image"]
use_classes = ["generation"]

[licenses.grants.terms]
effective_from = 2026-11-01T00:00:00+09:00
clause_reference = "第5条第1項"
rate_lines = [{ basis = "per_image", rate = "12.5" }]

[[licenses.recoup_groups]]
reference = "first-year"
crossing = "single"
grants = [0]

[[licenses.recoup_groups.advances]]
reference = "signature"
kind = "guaranteed"
amount_minor = 4000000
due_on = 2026-11-01
"""


@pytest.fixture
def signed(desk: Desk) -> Desk:
    """A desk whose book has an AI firm and a work, and a license waiting in a file."""
    builders.licensee(desk.database)
    builders.work(desk.database)
    Path("world.toml").write_text(LICENSE, encoding="utf-8")
    return desk


def test_an_advance_is_invoiced_once_it_is_due(signed: Desk) -> None:
    signed.done("import", "world.toml", "--by", "keiri")
    days = ("--issued-on", "2026-11-05", "--due-on", "2026-11-30")
    assert "0 invoices" in signed.done("bill-advances", "--through", "2026-10-31", *days)
    assert "INV-2026-000001" in signed.done("bill-advances", *days)
    assert "0 invoices" in signed.done("bill-advances", *days)
    asked = "SELECT kind, subtotal_minor, tax_minor, due_on FROM invoice"
    assert select(signed.database, asked) == [("advance", 4_000_000, 400_000, date(2026, 11, 30))]


def test_a_preview_of_a_month_shows_what_is_left_to_recoup(signed: Desk) -> None:
    signed.done("import", "world.toml", "--by", "keiri")
    told = signed.done("preview", "2026-11")
    assert "LIC-1 first-year signature" in told
    assert "4,000,000" in told


@pytest.mark.parametrize(
    ("agreed", "instead", "code", "values"),
    [
        ("grants = [0]", "grants = [1]", "recoup_grant_unknown", {"value": "1", "count": "1"}),
        ('kind = "guaranteed"', 'kind = "free"', "word_not_known", {"known": "repayable"}),
        ("amount_minor = 4000000", "amount_minor = 0", "recoup_value_out_of_range", {"value": "0"}),
        (
            "due_on = 2026-11-01",
            'due_on = 2026-11-01\ncounts_toward = "mg"',
            "guarantee_unknown",
            {"guarantee": "mg"},
        ),
        (
            "due_on = 2026-11-01",
            "due_on = 2026-11-01\nrecouped_from = [{ grant = 0, share_bp = 5000 }]",
            "recouping_contradicts",  # A share is a special term.
            {"crossing": "single"},
        ),
    ],
)
def test_terms_that_contradict_themselves_are_not_entered(
    signed: Desk, agreed: str, instead: str, code: str, values: dict[str, str]
) -> None:
    assert agreed in LICENSE
    Path("world.toml").write_text(LICENSE.replace(agreed, instead), encoding="utf-8")
    signed.refused(code, "import", "world.toml", "--by", "keiri", **values)
    assert select(signed.database, "SELECT reference FROM license") == []


LATER = """
[[later_recoup_terms]]
license = "LIC-1"
recoup_group = "first-year"

[later_recoup_terms.terms]
effective_from = 2027-01-01
clause_reference = "第1回変更覚書"
crossing = "single"
grants = [0]

[[later_recoup_terms.terms.advances]]
reference = "signature"
kind = "guaranteed"
amount_minor = 4000000
due_on = 2026-11-01
counts_toward = "mg"

[[later_recoup_terms.terms.guarantees]]
reference = "mg"
starts_on = 2027-01-01
checkpoints = [{ due_on = 2027-12-31, target_minor = 9000000 }]
"""


def test_a_group_is_changed_by_the_file_of_the_amendment(signed: Desk) -> None:
    signed.done("import", "world.toml", "--by", "keiri")
    kept = LATER.replace('\ncounts_toward = "mg"', "")
    Path("amendment.toml").write_text(kept, encoding="utf-8")
    signed.done("import", "amendment.toml", "--by", "keiri")
    asked = "SELECT version, effective_from, clause_reference, recorded_by FROM recoup_amendment"
    assert select(signed.database, asked) == [(2, date(2027, 1, 1), "第1回変更覚書", "keiri")]
    asked = "SELECT reference, version FROM minimum_guarantee"
    assert select(signed.database, asked) == [("mg", 2)]
    signed.refused("recoup_terms_not_later", "import", "amendment.toml", "--by", "keiri")


@pytest.mark.parametrize(
    ("agreed", "instead", "code", "values"),
    [
        ("LIC-1", "LIC-2", "recoup_group_unknown", {"value": "LIC-2", "field": "license"}),
        ("first-year", "second-year", "recoup_group_unknown", {"field": "recoup_group"}),
        ("2027-01-01\nclause", "2027-01-02\nclause", "recoup_terms_mid_month", {}),
        ("2027-01-01\nclause", "2026-10-01\nclause", "effective_in_closed_month", {}),
        ("第1回変更覚書", "", "text_missing", {"field": "terms.clause_reference"}),
        ("amount_minor = 4000000", "amount_minor = 1", "advance_stands", {"amount": "4000000"}),
        # The advance did not count toward a guarantee when it was agreed.
        ("grants = [0]", "grants = [0]", "advance_stands", {"clause": "第1回変更覚書"}),
        ("grants = [0]", "grants = [1]", "recoup_grant_unknown", {"field": "terms.grants"}),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_nothing_is_written(
    signed: Desk, agreed: str, instead: str, code: str, values: dict[str, str]
) -> None:
    signed.done("import", "world.toml", "--by", "keiri")
    builders.close_through(signed.database, Month(2026, 10))
    assert agreed in LATER
    Path("amendment.toml").write_text(LATER.replace(agreed, instead), encoding="utf-8")
    signed.refused(code, "import", "amendment.toml", "--by", "keiri", **values)
    assert select(signed.database, "SELECT version FROM recoup_amendment") == []
