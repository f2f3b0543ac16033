"""The Merkle tree against the published vectors of Certificate Transparency and the recursive definition of the RFC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.audit.rules.merkle import (
    EMPTY_ROOT,
    Range,
    append_leaves,
    compute_root,
    consistency_proof,
    hash_leaf,
    hash_node,
    verify_consistency,
)

# google/certificate-transparency: merkletree tests; the same inputs in every implementation of RFC 6962.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PROOFS = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
books = st.lists(st.binary(max_size=3), min_size=1, max_size=70)


def build_tree(leaves: list[bytes]) -> Range:
    return append_leaves(Range(), leaves)


def compute_root_by_rfc(leaves: list[bytes]) -> bytes:
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return hash_leaf(leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hash_node(compute_root_by_rfc(leaves[:split]), compute_root_by_rfc(leaves[split:]))


def test_published_roots() -> None:
    assert compute_root(Range()).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [compute_root(build_tree(LEAVES[:n])).hex() for n in range(1, 9)] == ROOTS


@pytest.mark.parametrize("sizes", sorted(PROOFS))
def test_published_consistency_proofs(sizes: tuple[int, int]) -> None:
    old, new = sizes
    assert [step.hex() for step in consistency_proof(build_tree(LEAVES[:old]), LEAVES[old:new])] == PROOFS[sizes]


@given(books, st.data())
def test_a_tree_grown_in_pieces_is_equal_and_its_proof_is_valid(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    old, new = build_tree(leaves[:cut]), build_tree(leaves)
    assert append_leaves(old, leaves[cut:]) == new and compute_root(new) == compute_root_by_rfc(leaves)
    path = consistency_proof(old, leaves[cut:])
    assert verify_consistency(cut, compute_root(old), len(leaves), compute_root(new), path) and len(path) <= 63


@given(books, st.data())
def test_no_proof_leads_from_another_beginning(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(leaves)))
    changed = data.draw(st.integers(0, cut - 1))
    other = [*leaves[:changed], leaves[changed] + b"x", *leaves[changed + 1 :]]
    old, new = build_tree(leaves[:cut]), build_tree(other)
    for path in (consistency_proof(old, leaves[cut:]), consistency_proof(build_tree(other[:cut]), other[cut:])):
        assert not verify_consistency(cut, compute_root(old), len(other), compute_root(new), path)


def test_without_leaf_and_node_marks_two_books_share_a_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: why RFC 6962 separates the hash domains of leaves and nodes."""
    from hashlib import sha256

    from binhyen.audit.rules import merkle

    two = [b"a" * 32, b"b" * 32]
    assert compute_root(build_tree([b"".join(hash_leaf(x) for x in two)])) != compute_root(build_tree(two))
    monkeypatch.setattr(merkle, "hash_leaf", lambda data: sha256(data).digest())
    monkeypatch.setattr(merkle, "hash_node", lambda left, right: sha256(left + right).digest())
    joined = b"".join(merkle.hash_leaf(x) for x in two)
    assert compute_root(build_tree([joined])) == compute_root(build_tree(two))
