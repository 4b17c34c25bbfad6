"""An invoice line that adjusts a closed month says which, and which line had charged it."""

from datetime import date

import pytest

from ledger.core.invoice import AdjustedLine
from tests.invoices.samples import invoice, line
from tests.invoices.test_documents import text_of


@pytest.mark.parametrize(
    ("original", "ja", "en"),
    [
        (("INV-2026-000004", 2), "（INV-2026-000004 第 2 行）", " (INV-2026-000004, line 2)"),
        ((None, None), "", ""),  # Nothing was charged for it before.
    ],
)
def test_an_adjustment_names_what_it_adjusts(
    original: tuple[str | None, int | None], ja: str, en: str
) -> None:
    number, of_line = original
    adjusts = AdjustedLine(month=date(2026, 8, 1), invoice=number, number=of_line)
    said = f"2026年8月 分の調整{ja} Adjustment of August 2026{en}"
    text = text_of(invoice(lines=(line(1, "夜", "Night", adjusts=adjusts),)))
    assert said in text
    assert ("INV-2026-000004" in text) == (number is not None)
