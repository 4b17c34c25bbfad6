"""An invoice line that adjusts a closed month says which, and which line had charged it."""

from datetime import date

import pytest

from ledger.core.closing import Cause
from ledger.core.invoice import AdjustedLine
from tests.invoices.samples import invoice, line
from tests.invoices.test_documents import text_of


@pytest.mark.parametrize(
    ("cause", "original", "ja", "en"),
    [
        (
            Cause.LATE,
            ("INV-2026-000004", 2),
            "2026年8月 分の調整（INV-2026-000004 第 2 行）",
            "Adjustment of August 2026 (INV-2026-000004, line 2)",
        ),
        # Nothing was charged for it before.
        (Cause.LATE, (None, None), "2026年8月 分の調整", "Adjustment of August 2026"),
        (
            Cause.RETRO,
            ("INV-2026-000004", 2),
            "2026年8月 分の料率改定差額（INV-2026-000004 第 2 行）",
            "Change of rate for August 2026 (INV-2026-000004, line 2)",
        ),
        (
            Cause.LATE_RETRO,
            (None, None),
            "2026年8月 分の料率改定差額",
            "Change of rate for August 2026",
        ),
    ],
)
def test_an_adjustment_names_what_it_adjusts(
    cause: Cause, original: tuple[str | None, int | None], ja: str, en: str
) -> None:
    number, of_line = original
    adjusts = AdjustedLine(month=date(2026, 8, 1), cause=cause, invoice=number, number=of_line)
    text = text_of(invoice(lines=(line(1, "夜", "Night", adjusts=adjusts),)))
    assert f"{ja} {en}" in text
    assert ("INV-2026-000004" in text) == (number is not None)
