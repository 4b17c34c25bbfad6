"""Checks of what is set aside: it is what rows say, no more is used, and it is released once."""

from collections.abc import Iterator

from ledger.core.facts import Facts, Violation, same


def set_aside_adds_up(facts: Facts) -> Iterator[Violation]:
    """Compare what each holder's settlement set aside with reserves, claims and their uses."""
    for holder in facts.holders:
        place = f"set aside in {holder.month:%Y-%m} for {holder.holder}"
        told = (holder.set_aside_minor, holder.set_aside_tax_minor)
        found = (holder.found_set_aside_minor, holder.found_set_aside_tax_minor)
        yield from same(place, found, told)


def reserves_are_released_once(facts: Facts) -> Iterator[Violation]:
    """Follow each reserve to its release."""
    for each in facts.reserves:
        place = f"reserve of {each.month:%Y-%m} for {each.holder}"
        if not 0 <= each.used_minor <= each.amount_minor:
            yield Violation(
                place=f"{place}: used",
                expected=f"0 to {each.amount_minor}",
                found=str(each.used_minor),
            )
        if each.release_count > 1:
            yield Violation(
                place=f"{place}: released", expected="once", found=str(each.release_count)
            )
        if each.released_in is not None:
            if each.released_in < each.release_month:
                yield Violation(
                    place=f"{place}: released in",
                    expected=f"{each.release_month:%Y-%m} or later",
                    found=f"{each.released_in:%Y-%m}",
                )
            whole = (each.amount_minor, each.tax_minor)
            used = (each.used_minor, each.used_tax_minor)
            yield from same(f"{place}: left after its release", whole, used)


def suspense_is_accounted_for(facts: Facts) -> Iterator[Violation]:
    """Follow what waited to whom it was released."""
    for each in facts.suspense:
        place = f"suspense {each.reference}"
        whole = each.parts_minor + each.suspended_minor
        yield from same(f"{place}: parts and what waits", each.amount_minor, whole)
        parts = each.released_parts_minor
        yield from same(f"{place}: released parts", each.released_minor, parts)
        left = each.suspended_minor - each.released_minor
        if left * each.suspended_minor < 0 or abs(left) > abs(each.suspended_minor):
            yield Violation(
                place=f"{place}: released",
                expected=f"0 to {each.suspended_minor}",
                found=str(each.released_minor),
            )
        if each.left_bp == 0:
            left_tax = each.suspended_tax_minor - each.released_tax_minor
            yield from same(f"{place}: left when nothing is disputed", (0, 0), (left, left_tax))
