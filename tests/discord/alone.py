"""
A machine of its own whose Discord is the double: the program's command line is what an operator types, unchanged.

    unshare -rmn python -m tests.discord.alone FOLDER

In it, ``discord.com`` and ``gateway.discord.gg`` are names of this machine, the double has their certificate, and there
is no other network: nothing can leave. It prints what a trader sees, and ends with 0 where that is the answer.
"""

import asyncio
import ctypes
import fcntl
import os
import socket
import ssl
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.discord.double import Double

NAMES: Final = ("discord.com", "gateway.discord.gg")
PROGRAM: Final = (sys.executable, "-m", "tastyflow_adapters.cli")
SET_FLAGS: Final = 0x8914  # SIOCSIFFLAGS
UP: Final = 0x1 | 0x40  # IFF_UP, IFF_RUNNING
BIND: Final = 4096  # MS_BIND


def lead_here(folder: Path) -> None:
    """The loopback is up, and the names of Discord lead to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        fcntl.ioctl(device, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {' '.join(NAMES)}\n", "utf-8")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(bytes(hosts), b"/etc/hosts", None, BIND, None):
        raise OSError(ctypes.get_errno(), "the names cannot be changed here")


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for those names that is its own authority; and what serves by it."""
    key, signed = folder / "key.pem", folder / "ca.pem"
    names = ",".join(f"DNS:{name}" for name in NAMES)
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=double"]
    command += ["-addext", f"subjectAltName={names}", "-keyout", str(key), "-out", str(signed)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed, key)
    return signed, context


async def story(folder: Path) -> None:
    """The service logs in, a trader asks for help by a mention, and is answered."""
    lead_here(folder)
    authority, tls = certificate(folder)
    double = await Double.started(port=443, tls=tls)
    ann = double.person("ann")
    environment = os.environ | {
        "SSL_CERT_FILE": str(authority),
        "TASTYFLOW_HOME": str(folder / "home"),
        "TASTYFLOW_DISCORD__TOKEN": double.token,
        "TASTYFLOW_DISCORD__GUILDS": f'["{double.guild.id}"]',
        "TASTYFLOW_DISCORD__CHANNELS": f'["{double.channel.id}"]',
    }
    linked = await asyncio.create_subprocess_exec(
        *PROGRAM, "trader", "link", "demo", "discord", ann.id, env=environment
    )
    assert await linked.wait() == 0
    service = await asyncio.create_subprocess_exec(*PROGRAM, "run", env=environment)
    try:
        await double.wait(lambda: double.gateway.connected, 30.0, "the service logs in")
        double.say(ann, double.channel, "buy 1 SPY 450C next month @ 2", mention=True)
        seen = await double.see(ann, double.channel, "450 call", timeout_s=30.0)
        print(seen.text, *seen.labels, sep="\n")
        double.reconnect()  # to where it is told to resume: by name, too
        await double.wait(lambda: double.gateway.resumed == 1, what="it resumes")
    finally:
        service.terminate()
        ended = await service.wait()
        await double.stop()
    assert ended == 0, f"it ended with {ended}"


if __name__ == "__main__":
    asyncio.run(story(Path(sys.argv[1])))
