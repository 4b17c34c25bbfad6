"""Merkle roots and proofs against RFC 6962, and what no forged proof may do."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.proof import (
    EMPTY_HEAD,
    chain_head,
    inclusion_proof,
    leaf_hash,
    merkle_root,
    root_from_proof,
)

# The eight inputs of the Certificate Transparency test data, and the root over the first n.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}

LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(content) for content in INPUTS[:count]]


def split_at(size: int) -> int:
    """Return the largest power of two below the size, where RFC 6962 cuts a tree."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def root_by_definition(tree: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(tree) == 1:
        return tree[0]
    cut = split_at(len(tree))
    return sha256(
        b"\x01" + root_by_definition(tree[:cut]) + root_by_definition(tree[cut:])
    ).digest()


def path_by_definition(index: int, tree: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1, word for word."""
    if len(tree) == 1:
        return []
    cut = split_at(len(tree))
    if index < cut:
        return [*path_by_definition(index, tree[:cut]), root_by_definition(tree[cut:])]
    return [*path_by_definition(index - cut, tree[cut:]), root_by_definition(tree[:cut])]


@pytest.mark.parametrize(("count", "root"), ROOTS.items())
def test_roots_are_those_of_the_published_vectors(count: int, root: str) -> None:
    assert merkle_root(leaves(count)).hex() == root


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = leaves(2)
    assert leaf_hash(left + right) != merkle_root([left, right])


@given(LEAVES)
def test_the_root_is_the_one_rfc_6962_defines(tree: list[bytes]) -> None:
    assert merkle_root(tree) == root_by_definition(tree)


@given(LEAVES, st.data())
def test_a_proof_is_the_path_rfc_6962_defines_and_leads_to_the_root(
    tree: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(tree) - 1))
    proof = inclusion_proof(tree, index)
    assert proof == path_by_definition(index, tree)
    root = root_from_proof(leaf=tree[index], index=index, size=len(tree), proof=proof)
    assert root == merkle_root(tree)


@given(LEAVES, st.data())
def test_a_proof_proves_no_other_leaf_place_or_length(
    tree: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(tree) - 1))
    leaf, size, root = tree[index], len(tree), merkle_root(tree)
    proof = inclusion_proof(tree, index)

    def lead(leaf: bytes, index: int, proof: list[bytes]) -> bytes | None:
        return root_from_proof(leaf=leaf, index=index, size=size, proof=proof)

    assert lead(sha256(leaf).digest(), index, proof) != root
    assert lead(leaf, index, [*proof, leaf]) is None
    assert lead(leaf, size, proof) is None
    assert lead(leaf, -1, proof) is None
    if proof:
        assert lead(leaf, index, proof[:-1]) is None
        place = data.draw(st.integers(0, len(proof) - 1))
        forged = [sha256(node).digest() if at == place else node for at, node in enumerate(proof)]
        assert lead(leaf, index, forged) != root


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(leaves(8), index)


def test_a_chain_head_depends_on_everything_before_it() -> None:
    first = chain_head(previous=EMPTY_HEAD, number=1, count=3, root=merkle_root(leaves(3)))
    second = chain_head(previous=first, number=2, count=2, root=merkle_root(leaves(2)))
    altered = [
        chain_head(previous=EMPTY_HEAD, number=2, count=2, root=merkle_root(leaves(2))),
        chain_head(previous=first, number=3, count=2, root=merkle_root(leaves(2))),
        chain_head(previous=first, number=2, count=3, root=merkle_root(leaves(2))),
        chain_head(previous=first, number=2, count=2, root=merkle_root(leaves(4))),
    ]
    assert len({first, second, *altered}) == 6
    assert len(second) == 32


def test_a_chain_head_is_the_hash_a_stranger_can_compute() -> None:
    root = merkle_root(leaves(2))
    by_hand = sha256(
        b"\x02" + bytes(32) + bytes.fromhex("0000000000000001" + "0000000000000002") + root
    )
    assert chain_head(previous=EMPTY_HEAD, number=1, count=2, root=root) == by_hand.digest()
