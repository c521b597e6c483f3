"""What is drawn by lot on the stage set: a pure function of the words that it is drawn for."""

from hashlib import blake2b


def drawn(*words: object) -> float:
    """A number from 0 up to 1 that follows from *words* alone."""
    digest = blake2b("\0".join(map(str, words)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / (1 << 56)
