"""
How a message is recognised again: by the nonce under which it is posted, and by the digest of what it shows.
"""

from hashlib import sha256

import msgspec

from tastyflow_adapters.discord.page import ChatPage


def nonce_of(key: str) -> str:
    """A nonce of 25 characters, as long as Discord takes: the same for the same *key*, in every process."""
    return sha256(f"tastyflow:{key}".encode()).hexdigest()[:25]


def looks_of(page: ChatPage) -> str:
    """A digest of *page*: the same page is not sent twice."""
    return sha256(msgspec.json.encode(page)).hexdigest()
