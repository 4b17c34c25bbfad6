"""What holds of revised statements: each names the one before, and money is only moved."""

from collections.abc import Iterator

from ledger.core.facts import Facts, Violation, same


def revisions_follow(facts: Facts) -> Iterator[Violation]:
    """Follow each revision to the statement that it takes the place of."""
    for each in facts.revisions:
        place = f"statement {each.reference}"
        yield from same(f"{place}: revision before", each.revision - 1, each.revision_before)
        number = each.reference.rpartition("-r")[0]
        expected = number if each.revision == 2 else f"{number}-r{each.revision - 1}"
        yield from same(f"{place}: revises", expected, each.revises)


def revisions_move_money(facts: Facts) -> Iterator[Violation]:
    """Add up what revisions moved of each rights holder's money."""
    for each in facts.moved:
        yield from same(f"moved of {each.place}", (0, 0), (each.amount_minor, each.tax_minor))
