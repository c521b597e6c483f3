"""
Programs built on the Python SDK have tastytrade's production addresses in them. Here they are sent to a simulator.

    pytest -p way_d …            as a plugin: tests that know nothing of a simulator run against one
    python way_d.py pf balance   as a launcher: the ``tt`` command line does

``INTEROP_API_URL`` and ``INTEROP_STREAMER_URL`` say where; anything but loopback is refused. Nothing of the programs is
changed: two constants of the SDK are, before anyone reads them.
"""

import os
from urllib.parse import urlsplit

import tastytrade.session
import tastytrade.streamer


def loopback(name: str) -> str:
    """The address under *name* in the environment."""
    address = os.environ[name]
    if urlsplit(address).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise SystemExit(f"{name} is not an address of this machine.")
    return address


tastytrade.session.API_URL = loopback("INTEROP_API_URL")
tastytrade.streamer.STREAMER_URL = loopback("INTEROP_STREAMER_URL")

if __name__ == "__main__":
    from ttcli.app import cli

    cli()
