"""Ed25519 (RFC 8032), by the library `cryptography`: keys of 32 bytes, signatures of 64."""

from typing import Self

from attrs import field, frozen

from tastyflow.domain.anchor import fingerprint_of


@frozen
class SigningKey:
    """A private key; it never shows itself."""

    _seed: bytes = field(repr=False)

    @classmethod
    def made(cls) -> Self:
        """A new one."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def seed(self) -> bytes:
        """The key itself, 32 bytes: to be kept where only its owner reads."""
        return self._seed

    @property
    def public(self) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed).public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.public)

    def sign(self, message: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed).sign(message)


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the key *public* made *signature* over *message*; false also where one of them is not of its length."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
