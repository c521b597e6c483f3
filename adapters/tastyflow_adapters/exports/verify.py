"""
Verify an export of tastyflow with Python 3.9 or later alone: nothing is installed, nothing is sent anywhere.

    python verify.py                 the folder that this file lies in
    python verify.py export.zip      the file itself, every byte of it
    --seal HEX                       the seal that you were told by another way than this file
    --key HEX                        the public key of the log's installation, or its fingerprint, from another way

    seal.txt ─▶ export.json ─▶ every file        is each byte as it was exported?
    events.jsonl ─▶ leaves.txt ─▶ heads          is each event sealed to all before it?
    anchors.jsonl                                was the log signed so, at that time?
    names, accounts, evidence, Merkle trees      do they belong to the events?

It ends with 0 where all fits, with 1 where anything does not, with 2 where there is nothing to verify.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import sys
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

SEALED_BY, MANIFEST = "seal.txt", "export.json"
SHOWN_WHOLE = tuple(f"tastyflow.{kind}." for kind in ("order", "test_result", "setup", "signal"))
"""The streams of an order: from their first event on, none is left out."""
Files = Mapping[str, bytes]
Said = Mapping[str, Any]
"""What a file says: it comes from JSON."""
Point = tuple[int, int, int, int]


class Wrong(Exception):
    """Something does not fit; the message says what and where."""


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────


def zip_of(files: Files) -> bytes:
    """The one zip that holds *files*, bytes by name: in the order of their names, not compressed, without dates."""
    body: list[bytes] = []
    index: list[bytes] = []
    at = 0
    for name in sorted(files):
        data, raw = files[name], name.encode("ascii")
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(raw), 0)
        local = b"PK\x03\x04" + common + raw
        index.append(b"PK\x01\x02\x14\x03" + common + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, at) + raw)
        body += [local, data]
        at += len(local) + len(data)
    listed = b"".join(index)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(files), len(files), len(listed), at, 0)
    return b"".join([*body, listed, end])


def files_in(path: Path) -> dict[str, bytes]:
    """The files at *path*, a zip or a folder: bytes by name."""
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file() and "__pycache__" not in each.parts)
        return {each.relative_to(path).as_posix(): each.read_bytes() for each in found}
    return unzipped(path.read_bytes())


def unzipped(raw: bytes) -> dict[str, bytes]:
    """The files in the zip *raw*, of which every byte must be as `zip_of` writes it."""
    at = 0
    files: dict[str, bytes] = {}
    try:
        while raw[at : at + 4] == b"PK\x03\x04":
            size, name_size = struct.unpack("<IH", raw[at + 22 : at + 28])
            name = raw[at + 30 : at + 30 + name_size].decode("ascii")
            files[name] = raw[at + 30 + name_size : at + 30 + name_size + size]
            at += 30 + name_size + size
        same = zip_of(files) == raw
    except (UnicodeError, struct.error):
        same = False
    if not same:
        raise Wrong("The zip is not as tastyflow writes it: a byte of it was changed, or it was made anew.")
    return files


def check_files(files: Files, seal: str) -> tuple[Said, str]:
    """Each file against the manifest, the manifest against its seal."""
    for needed in (SEALED_BY, MANIFEST):
        if needed not in files:
            raise Wrong(f"{needed} is missing.")
    digest = hashlib.sha256(files[MANIFEST]).hexdigest()
    if files[SEALED_BY] != f"{digest}\n".encode():
        raise Wrong("export.json is not what seal.txt sealed: one of them was changed.")
    if seal and seal.lower() != digest:
        raise Wrong(f"The seal is {digest}, not the one that you were told.")
    manifest = json.loads(files[MANIFEST])
    listed = manifest["files"]
    for name in sorted(set(listed) | set(files) - {SEALED_BY, MANIFEST}):
        if name not in files:
            raise Wrong(f"{name} is missing.")
        if name not in listed:
            raise Wrong(f"{name} was put in: the export has no such file.")
        if hashlib.sha256(files[name]).hexdigest() != listed[name]:
            raise Wrong(f"{name} was changed.")
    return manifest, digest


# ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────────


def leaf_of(position: int, stream: str, version: int, topic: str, state: bytes) -> bytes:
    """The digest of one event, as the log stores it."""
    name = topic.encode()
    place = struct.pack(">Q16sQI", position, bytes.fromhex(stream), version, len(name))
    return hashlib.sha256(b"\x00tastyflow.event.1\x00" + place + name + struct.pack(">I", len(state)) + state).digest()


def first_head(log: Said) -> bytes:
    """The head before the first event of a log."""
    at = log["at"].encode()
    raw = b"\x03tastyflow.log.1\x00" + bytes.fromhex(log["id"]) + struct.pack(">I", log["until"]) + at
    return hashlib.sha256(raw).digest()


def heads_of(manifest: Said, leaves: Sequence[bytes]) -> dict[int, bytes]:
    """The head after each position of the span, worked out from the *leaves*."""
    span = manifest["span"]
    head = bytes.fromhex(span["head"])
    if span["after"] == 0 and head != first_head(manifest["log"]):
        raise Wrong("The chain does not begin with the start of its log.")
    if len(leaves) != span["until"] - span["after"]:
        raise Wrong("leaves.txt has not one line for each event of the span.")
    heads = {span["after"]: head}
    for position, leaf in enumerate(leaves, start=span["after"] + 1):
        head = hashlib.sha256(b"\x02" + head + leaf).digest()
        heads[position] = head
    if head.hex() != span["last"]:
        raise Wrong("The chain does not end with the head that the export names.")
    return heads


def check_events(manifest: Said, events: Sequence[Said], leaves: Sequence[bytes]) -> int:
    """Each event against its leaf; its stream without a hole. How many are shown masked."""
    after, until, last, masked = manifest["span"]["after"], manifest["span"]["until"], 0, 0
    versions: dict[str, int] = {}
    for event in events:
        position, stream = event["position"], event["stream"]
        if not max(last, after) < position <= until:
            raise Wrong(f"Event {position} is out of its place.")
        last = position
        if event.get("masked"):
            masked += 1
        elif (
            leaf_of(position, stream, event["version"], event["topic"], event["state"].encode())
            != (leaves[position - after - 1])
        ):
            raise Wrong(f"Event {position} is not what the log sealed there.")
        is_day = manifest["what"]["kind"] == "day"
        before = versions.get(stream, event["version"] - 1 if is_day else 0)
        if (is_day or event["topic"].startswith(SHOWN_WHOLE)) and event["version"] != before + 1:
            raise Wrong(f"Before event {position}, an event of {stream} is missing.")
        versions[stream] = event["version"]
    for stream, version in manifest["whole"].items():
        if versions.get(stream) != version:
            raise Wrong(f"{stream} has {version} events, and the last of them is not here.")
    if len(events) != manifest["shows"]:
        raise Wrong("There are not as many events as the export says.")
    return masked


def check_names(names: Said, events: Sequence[Said]) -> None:
    """Each name against the token that the log seals in its place."""
    for token, apart in names.items():
        if apart is None:
            continue  # forgotten: that it cannot be told any more is what was asked for
        raw = b"\x04tastyflow.name.1\x00" + bytes.fromhex(apart["salt"]) + apart["name"].encode()
        if hashlib.sha256(raw).hexdigest()[: len(token)] != token:
            raise Wrong(f"The name {apart['name']!r} is not the one that the log sealed as {token}.")
    text = "".join(event["state"] for event in events)
    for token in names:
        if f"~{token}~" not in text:
            raise Wrong(f"The token {token} stands in no event.")


def check_accounts(accounts: Said, events: Sequence[Said]) -> None:
    """Each account's number against the book that the log has of it: the book's id is derived from the number."""
    root = uuid.UUID("5f1a3f5e-3c5b-5d0e-9c53-0a7c1f6f7c2b")
    for stream, account in accounts.items():
        book = uuid.uuid5(root, json.dumps(("book", account["venue"], account["number"])))
        if book.hex != stream or not any(event["stream"] == stream for event in events):
            raise Wrong(f"The number {account['number']!r} is not that of the account whose book is {stream}.")


def check_evidence(files: Files, events: Sequence[Said]) -> int:
    """Each piece of evidence against its name, and against the event that it is of."""
    wanted = set()
    for event in events:
        if event["topic"].startswith("tastyflow.test_result.check_recorded@") and not event.get("masked"):
            kept = json.loads(event["state"])["check"].get("evidence")
            if kept:
                raw = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
                wanted.add(hashlib.sha256(raw).hexdigest())
    here = {name[9:-5] for name in files if name.startswith("evidence/")}
    if here != wanted:
        raise Wrong("The evidence is not that of the checks that are shown.")
    for digest in here:
        if hashlib.sha256(files[f"evidence/{digest}.json"]).hexdigest() != digest:
            raise Wrong(f"The evidence {digest} was changed.")
    return len(here)


# ── the Merkle trees ─────────────────────────────────────────────────────────────────────────────────────────────


def root_by(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root of a tree of *size* leaves in which *leaf* has this place and *path* (RFC 6962)."""
    root, last, rest = leaf, size - 1, list(path)
    while last:
        if index ^ 1 <= last:
            if not rest:
                return None
            other = rest.pop(0)
            root = hashlib.sha256(b"\x01" + (other + root if index & 1 else root + other)).digest()
        index, last = index >> 1, last >> 1
    return None if rest or index else root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over *leaves*."""
    level = list(leaves)
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\x01" + b"".join(each)).digest() if each[1:] else each[0] for each in pairs]
    return level[0] if level else hashlib.sha256(b"").digest()


def check_trees(merkle: Said, leaf_at: Callable[[int], bytes], after: int, leaves: Sequence[bytes]) -> None:
    """Each proof against the root of its tree; each tree whose leaves are here, against its root."""
    for tree in merkle["trees"]:
        inside = leaves[tree["first"] - after - 1 : tree["until"] - after] if tree["first"] > after else []
        if len(inside) == tree["size"] and root_of(inside).hex() != tree["root"]:
            raise Wrong(f"The tree of {tree['day']} has another root.")
        for proof in tree["proofs"]:
            leaf, path = leaf_at(proof["position"]), [bytes.fromhex(each) for each in proof["path"]]
            root = root_by(leaf, proof["position"] - tree["first"], tree["size"], path)
            if root is None or root.hex() != tree["root"]:
                raise Wrong(f"Event {proof['position']} is not proven to be of {tree['day']}.")


def check_proof(proof: Said) -> int:
    """A proof of `tastyflow audit prove`: events that it shows, each against the root of its tree."""
    shown = {event["position"]: event for event in proof["events"]}

    def leaf_at(position: int) -> bytes:
        event = shown[position]
        return leaf_of(position, event["stream"], event["version"], event["topic"], event["state"].encode())

    proven = {each["position"] for tree in proof["trees"] for each in tree["proofs"]}
    if not shown or proven != set(shown):
        raise Wrong("Not every event that it shows is proven.")
    check_trees(proof, leaf_at, 0, [])
    return len(shown)


# ── signatures: Ed25519 (RFC 8032) ───────────────────────────────────────────────────────────────────────────────

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _point(raw: bytes) -> Point | None:
    """The point that 32 bytes encode; None where they encode none."""
    y, sign = int.from_bytes(raw, "little") & (2**255 - 1), raw[31] >> 7
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def _sum(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(n: int, p: Point) -> Point:
    q = (0, 1, 1, 0)
    while n:
        q = _sum(q, p) if n & 1 else q
        p, n = _sum(p, p), n >> 1
    return q


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether *signature*, 64 bytes, is that of *message* by the public *key*, 32 bytes."""
    if len(key) != 32 or len(signature) != 64:
        return False
    base_y = 4 * pow(5, P - 2, P) % P
    base, a, r = (_point(raw) for raw in (base_y.to_bytes(32, "little"), key, signature[:32]))
    s = int.from_bytes(signature[32:], "little")
    if base is None or a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = _times(s, base), _sum(r, _times(h, a))
    return not (left[0] * right[2] - right[0] * left[2]) % P and not (left[1] * right[2] - right[1] * left[2]) % P


def _canonical(said: Said) -> bytes:
    unsigned = {name: value for name, value in said.items() if name != "signature"}
    return json.dumps(unsigned, sort_keys=True, separators=(",", ":")).encode()


def counted_keys(steps: Sequence[Said], known: str) -> dict[str, bytes]:
    """The public keys that count, by fingerprint: each signed by the one before; from the *known* one on."""
    counted: dict[str, bytes] = {}
    last = ""
    for step in steps:
        public = bytes.fromhex(step["public"])
        name = hashlib.sha256(public).hexdigest()[:32]
        if not counted and known:
            if known.lower() in (name, step["public"]):
                counted[name] = public
        elif not counted and not last:
            counted[name] = public
        elif step["before"] in counted:
            if not is_signed(
                counted[step["before"]], b"tastyflow.key.1\x00" + _canonical(step), bytes.fromhex(step["signature"])
            ):
                raise Wrong(f"The key {name} is not signed by the key before it.")
            counted[name] = public
        last = name
    return counted


def check_anchors(
    manifest: Said, anchors: Sequence[Said], steps: Sequence[Said], leaves: Sequence[bytes], known: str
) -> list[Said]:
    """Each anchor against the heads, its key and the anchor before it."""
    keys, before, heads, after = counted_keys(steps, known), "", heads_of(manifest, leaves), manifest["span"]["after"]
    for anchor in anchors:
        position, since = anchor["position"], anchor["since"]
        if anchor["log"] != manifest["log"]["id"]:
            raise Wrong(f"The anchor at {position} is of another log.")
        if position not in heads:
            raise Wrong(f"The anchor at {position} is not of the span.")
        if heads[position].hex() != anchor["head"]:
            raise Wrong(f"The anchor at {position} was made of another past: the log was rewritten.")
        if anchor["key"] not in keys:
            raise Wrong(f"The anchor at {position} is signed by another key, which does not follow from yours.")
        raw = b"tastyflow.anchor.1\x00" + _canonical(anchor)
        if not is_signed(keys[anchor["key"]], raw, bytes.fromhex(anchor["signature"])):
            raise Wrong(f"The anchor at {position} is not signed by the key that it names.")
        if since >= after and root_of(leaves[since - after : position - after]).hex() != anchor["root"]:
            raise Wrong(f"The anchor at {position} was made over other events.")
        if before and anchor["previous"] != before:
            raise Wrong(f"Before the anchor at {position}, another one is missing.")
        line = json.dumps(anchor, sort_keys=True, separators=(",", ":")).encode()
        before = hashlib.sha256(line).hexdigest()
    return list(anchors)


# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────


def lines_of(files: Files, name: str) -> list[Said]:
    """The lines of a file, each as what its JSON says."""
    return [json.loads(line) for line in files[name].decode().splitlines()]


def verify(files: Files, seal: str = "", key: str = "") -> Iterator[str]:
    """What was found, as sentences; `Wrong` where something does not fit."""
    manifest, digest = check_files(files, seal)
    leaves = [bytes.fromhex(line) for line in files["leaves.txt"].decode().split()]
    events, span = lines_of(files, "events.jsonl"), manifest["span"]
    heads_of(manifest, leaves)
    masked = check_events(manifest, events, leaves)
    check_names(json.loads(files["names.json"]), events)
    check_accounts(json.loads(files["accounts.json"]), events)
    kept = check_evidence(files, events)
    check_trees(json.loads(files["merkle.json"]), lambda at: leaves[at - span["after"] - 1], span["after"], leaves)
    steps = lines_of(files, "keys.jsonl")
    held = check_anchors(manifest, lines_of(files, "anchors.jsonl"), steps, leaves, key)
    yield f"Whole: each byte of {len(files)} files is as it was exported. Seal: {digest}"
    if not seal:
        yield "   not proven: that this is the export that was made. Compare the seal with the one you were told."
    yield (
        f"Chained: {len(events)} events shown, of {len(leaves)} at positions {span['after'] + 1} to {span['until']}. "
        "None of them was changed, removed, moved or put in unless the chain was made anew to its end."
    )
    if masked:
        yield f"   not proven: the words of {masked} events in which an account's number is masked; their place is."
    yield f"Named and seen: each name is the one that was sealed; {kept} pieces of evidence are those of the checks."
    for tree in json.loads(files["merkle.json"])["trees"]:
        yield f"Day {tree['day']}: {tree['size']} events, Merkle root {tree['root']}"
    if held:
        last = held[-1]
        yield f"Anchored: {len(held)} signed heads fit, the last at position {last['position']}, {last['at']}."
        beyond = [at for at in (event["position"] for event in events) if at > last["position"]]
        if beyond:
            yield f"   not proven: {len(beyond)} events after it; a person who may write the log could exchange them."
        if not key:
            yield f"   not proven: whose key it is ({last['key']}). Compare it with the one you know, with --key."
    else:
        yield (
            "Not anchored: no signed head is in the span. A person who may write the log could have made all of it "
            f"anew. Compare the head at position {span['until']} with one that was kept elsewhere: {span['last']}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what was asked for; the exit code."""
    parser = argparse.ArgumentParser(description="Verify an export of tastyflow.")
    parser.add_argument("path", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--seal", default="", metavar="HEX", help="the seal that you were told by another way")
    parser.add_argument("--key", default="", metavar="HEX", help="the public key, or its fingerprint, that you know")
    asked = parser.parse_args(arguments)
    try:
        if asked.path.suffix == ".json":
            proof = json.loads(asked.path.read_bytes())
            told = [f"Proven: {check_proof(proof)} events are of these days. Compare the roots with yours."]
            told += [f"Day {tree['day']}: {tree['size']} events, Merkle root {tree['root']}" for tree in proof["trees"]]
        else:
            told = list(verify(files_in(asked.path), asked.seal, asked.key))
    except OSError as error:
        print(f"Nothing to verify: {error}")
        return 2
    except Wrong as wrong:
        print(f"WRONG. {wrong}")
        return 1
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, struct.error) as error:
        print(f"WRONG. It cannot be read as an export ({type(error).__name__}: {error}).")
        return 1
    print("\n".join(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
