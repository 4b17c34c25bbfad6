"""What the audit looks for among files that are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class KeptFileFact:
    """A file that is kept, whose bytes no longer have the hash that was written with them."""

    place: str  # what it is a file of
    kept_sha256: bytes
    found_sha256: bytes
