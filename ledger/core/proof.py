"""
Merkle tree over a batch, and the chain of a licensee's batches.

Hashes follow RFC 6962 section 2.1 (leaf 0x00, node 0x01), so that any tool for transparency
logs can check them. A receipt is enough to prove later what was reported, where, and when.
"""

from collections.abc import Sequence
from hashlib import sha256

#: Head of a chain that has no batch yet.
EMPTY_HEAD = bytes(32)


def leaf_hash(content_hash: bytes) -> bytes:
    """Return the leaf for one generation's content hash."""
    return sha256(b"\x00" + content_hash).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """
    Return the root over leaf hashes, in order; of an empty list the hash of nothing.

    An odd node is carried up unchanged, which gives the same root as RFC 6962's split at the
    largest power of two.
    """
    if not leaves:
        return sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [
            sha256(b"\x01" + left + right).digest()
            # The last one may have no partner.
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """
    Return the sibling hashes that lead from one leaf to the root, lowest first.

    :raises IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    proof = []
    level = list(leaves)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        level = [merkle_root(level[start : start + 2]) for start in range(0, len(level), 2)]
        index //= 2
    return proof


def root_from_proof(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root a proof leads to, or None when it has the wrong length for the tree."""
    node, last, path = leaf, size - 1, list(proof)
    if not 0 <= index < size:
        return None
    while last > 0:
        if index % 2 == 1 or index < last:
            if not path:
                return None
            sibling = path.pop(0)
            pair = sibling + node if index % 2 else node + sibling
            node = sha256(b"\x01" + pair).digest()
        index //= 2
        last //= 2
    return node if not path else None


def chain_head(*, previous: bytes, number: int, count: int, root: bytes) -> bytes:
    """Return the head of a licensee's chain after a batch: nothing before it can change."""
    header = number.to_bytes(8, "big") + count.to_bytes(8, "big")
    return sha256(b"\x02" + previous + header + root).digest()
