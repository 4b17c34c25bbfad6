"""What explanations say, read as numbers, for the modules that hold it to the naive book."""

from datetime import date
from fractions import Fraction

from ledger.core.explanation_tree import Step
from tests.scenarios.naive_revenue import Compared


def text_of(step: Step, code: str) -> str:
    """Return what a step says under a code; it has to say something."""
    text = step.text(code)
    assert text is not None, (step.code, code)
    return text


def amounts_of(step: Step, *codes: str) -> tuple[int | Fraction, ...]:
    """Return exact numbers of a step."""
    return tuple(Fraction(text_of(step, code)) for code in codes)


def month_of(step: Step, code: str) -> date:
    """Return the first day of a month that a step names."""
    return date.fromisoformat(f"{text_of(step, code)}-01")


def compare_share(compared: Compared, line: Step) -> None:
    """Hold a top-up to how units and share of its month came out."""
    (step,) = line.all("revenue_comparison")
    told = amounts_of(step, "units_total", "revenue_share", "top_up")
    assert told == (compared.units, compared.share, compared.top_up)
    assert text_of(step, "greater") == ("share" if compared.top_up else "units")
    rates = [amounts_of(each, "fx_rate")[0] for each in step.all("exchange")]
    assert rates == ([compared.rate] if rates or compared.rate != 1 else [])
    (share,) = step.all("share_of_revenue")
    (stated,) = step.all("stated_revenue")
    base, percent, exact = amounts_of(share, "base", "percent", "exact")
    assert base == amounts_of(stated, "revenue")[0] * compared.rate
    assert exact == base * percent / 100 == compared.share
