"""Sharing an amount over others of either sign, so that not a unit is lost."""

from collections.abc import Sequence


class NothingToShareOver(ValueError):
    """An amount was to be shared over others that do not sum to more than zero."""

    def __init__(self, total_minor: int) -> None:
        super().__init__(f"nothing can be shared over amounts that sum to {total_minor}")
        self.total_minor = total_minor


def share_over(total_minor: int, amounts_minor: Sequence[int]) -> list[int]:
    """
    Divide an amount in proportion to others, by largest remainder; the parts sum to it.

    One below zero takes a part back. Ties go to the one listed first.

    >>> share_over(1_000, [700, 500, -200])
    [700, 500, -200]

    :raises NothingToShareOver: the others do not sum to more than zero.
    """
    whole = sum(amounts_minor)
    if whole <= 0:
        raise NothingToShareOver(whole)
    parts = [total_minor * amount // whole for amount in amounts_minor]
    by_remainder = sorted(
        range(len(parts)), key=lambda index: (-(total_minor * amounts_minor[index] % whole), index)
    )
    for index in by_remainder[: total_minor - sum(parts)]:
        parts[index] += 1
    return parts
