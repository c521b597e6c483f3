"""The Merkle tree: equal to the definition of RFC 6962, and a path that proves exactly one place."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.merkle import MerkleTree, node_of, root_by

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def as_defined(level):
    """RFC 6962, section 2.1, word by word: split at the largest power of two below the size."""
    if len(level) == 1:
        return level[0]
    split = 1
    while split * 2 < len(level):
        split *= 2
    return node_of(as_defined(level[:split]), as_defined(level[split:]))


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert MerkleTree.of([]).root == hashlib.sha256(b"").digest()


@given(leaves)
def test_the_root_is_that_of_the_definition(level):
    assert MerkleTree.of(level).root == as_defined(level)


@given(leaves, st.data())
def test_a_path_leads_to_the_root_from_its_own_leaf_and_place_alone(level, data):
    index = data.draw(st.integers(0, len(level) - 1))
    path, root = MerkleTree.of(level).path(index), MerkleTree.of(level).root
    assert len(path) <= (len(level) - 1).bit_length()
    assert root_by(level[index], index, len(level), path) == root
    other = bytes([level[index][0] ^ 1]) + level[index][1:]
    assert root_by(other, index, len(level), path) != root
    assert root_by(level[index], index, len(level), (*path, other)) is None
    for place in set(range(len(level))) - {index}:
        if level[place] != level[index]:
            assert root_by(level[index], place, len(level), path) != root


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_path_to_a_leaf_that_is_not_there(index):
    with pytest.raises(IndexError):
        MerkleTree.of([bytes(32)] * 3).path(index)
    assert root_by(bytes(32), index, 3, ()) is None
