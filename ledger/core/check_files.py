"""The check of files that are kept: their bytes still have the hash they were written with."""

from collections.abc import Iterator

from ledger.core.facts import Facts, Violation, same


def kept_files_are_whole(facts: Facts) -> Iterator[Violation]:
    """Name every kept file that is not what it was."""
    for each in facts.files_that_differ:
        yield from same(
            each.place, f"sha256:{each.kept_sha256.hex()}", f"sha256:{each.found_sha256.hex()}"
        )
