"""
An export: what it shows and hides, and that a stranger with Python alone notices every byte and every forgery.

The forger of these tests can write: after each change the manifest and its seal are made to fit again, so that what
notices it is the chain, a token, a tree or a signature.
"""

import csv
import hashlib
import html
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from uuid import UUID

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tastyflow.application.audit.exporting import AccountMask, NumberedAccount, Scope, pick, proof_of
from tastyflow.application.audit.exporting.tables import orders_csv
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.domain.anchor import Anchor, KeyStep, fingerprint_of
from tastyflow.domain.chain import leaf_of
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.merkle import MerkleTree
from tastyflow.domain.venue import Venue
from tastyflow.errors import Refused, StoreFailure
from tastyflow_adapters.exports import verify
from tastyflow_adapters.exports.package import Beside, export_of, report_of, stories_of
from tests.application.kit import MISSION

MADE_AT = datetime(2026, 12, 1, tzinfo=UTC)
ACCOUNTS = [NumberedAccount(Venue.PRODUCTION, "FAKE-PRODUCTION"), NumberedAccount(Venue.SANDBOX, "FAKE-SANDBOX")]


@pytest.fixture(scope="module")
def orders(house):
    return Lookup(house.ledger).newest_orders(100)


@pytest.fixture(scope="module")
def mission(orders):
    return next(order for order in orders if order.asked.text == MISSION)


@pytest.fixture(scope="module")
def day(mission):
    return new_york_date(mission.asked_at)


def made(house, scope, *, accounts=False, **beside):
    picked = pick(house.ledger, scope, anchored=[each.position for each in beside.get("anchors", ())])
    names = house.ledger.log.names_apart()
    return export_of(picked, Beside(names=names, **beside), AccountMask(ACCOUNTS, is_off=accounts), made_at=MADE_AT)


@pytest.fixture(scope="module")
def of_order(house, mission):
    return made(house, Scope.of_order(mission.id, mission.reference))


@pytest.fixture(scope="module")
def of_day(house, day):
    return made(house, Scope.of_day(day))


def told(files, **known):
    return list(verify.verify(files, **known))


def noticed(files, **known):
    with pytest.raises(verify.Wrong) as wrong:
        told(files, **known)
    return str(wrong.value)


def resealed(files, **changes):
    """*files* with *changes*, by one who makes manifest and seal fit again."""
    files = dict(files) | {name.replace("__", "."): data for name, data in changes.items()}
    manifest = json.loads(files["export.json"])
    manifest["files"] = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name not in (verify.MANIFEST, verify.SEALED_BY)
    }
    return sealed(files, manifest)


def sealed(files, manifest):
    raw = json.dumps(manifest).encode()
    return files | {verify.MANIFEST: raw, verify.SEALED_BY: f"{hashlib.sha256(raw).hexdigest()}\n".encode()}


def events(export):
    return [json.loads(line) for line in export.files["events.jsonl"].splitlines()]


def lines(said):
    return b"".join(json.dumps(each).encode() + b"\n" for each in said)


# ── verified by a stranger ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_it_is_verified_by_python_alone_with_nothing_installed(of_order, tmp_path, kind):
    (tmp_path / "export.zip").write_bytes(of_order.zipped)
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", tmp_path / "clean"], check=True, timeout=60)
    clean = tmp_path / "clean" / "bin" / "python"
    for name, data in of_order.files.items():
        (tmp_path / "here" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "here" / name).write_bytes(data)
    what = [tmp_path / "export.zip"] if kind == "zip" else []
    command = [clean, "-I", tmp_path / "here" / "verify.py", *what, "--seal", of_order.seal]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, encoding="utf-8", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Whole" in done.stdout
    assert "Chained" in done.stdout
    (tmp_path / "here" / "events.jsonl").write_bytes(of_order.files["events.jsonl"].replace(b"450", b"451", 1))
    done = subprocess.run([clean, "-I", tmp_path / "here" / "verify.py"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()[0]) == (1, "WRONG.")


def test_the_zip_is_one_for_every_program(of_order):
    from zipfile import ZipFile

    with ZipFile(io.BytesIO(of_order.zipped)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == of_order.files


def test_every_byte_that_is_flipped_is_noticed(house, orders):
    refused = min(orders, key=lambda order: order.version)
    small = made(house, Scope.of_order(refused.id, refused.reference))
    raw = bytearray(small.zipped)
    for at in range(len(raw)):
        raw[at] ^= 1 << at % 8
        with pytest.raises(verify.Wrong):
            verify.unzipped(bytes(raw))
        raw[at] ^= 1 << at % 8
    told(verify.unzipped(bytes(raw)))
    files = dict(small.files)
    for name, data in small.files.items():  # unpacked by another program, there is no zip to hold it against
        for at in range(0, len(data), 1 if len(data) < 3_000 else 211):
            files[name] = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            with pytest.raises(verify.Wrong):
                verify.check_files(files, "")
        files[name] = data


def test_the_seal_that_was_told_by_another_way_finds_an_export_that_was_made_anew(of_order):
    forged = resealed(of_order.files, README__txt=b"Read nothing.\n")
    assert "not the one that you were told" in noticed(forged, seal=of_order.seal)


def test_a_file_that_was_put_in_or_taken_away_is_named(of_order):
    assert "notes.txt was put in" in noticed({**of_order.files, "notes.txt": b"x"})
    assert "names.json is missing" in noticed({k: v for k, v in of_order.files.items() if k != "names.json"})


# ── a forger who can make the files fit again ────────────────────────────────────────────────────────────────────


def changed(said, at, **fields):
    return [*said[:at], {**said[at], **fields}, *said[at + 1 :]]


def test_each_change_of_an_event_is_noticed_by_the_chain(of_order):
    said = events(of_order)
    for at in range(len(said)):
        state = said[at]["state"].replace('"at":"2', '"at":"3', 1)
        for fields in (
            {"state": state},
            {"topic": said[at]["topic"] + "x"},
            {"version": said[at]["version"] + 1},
            {"stream": UUID(int=7).hex},
        ):
            files = resealed(of_order.files, events__jsonl=lines(changed(said, at, **fields)))
            assert "is not what the log sealed" in noticed(files)


def recounted(files, shows):
    manifest = json.loads(files["export.json"])
    return sealed(files, manifest | {"shows": shows, "whole": {}})


def test_an_event_of_the_order_that_is_left_out_doubled_or_moved_is_noticed(of_order):
    said, whole = events(of_order), json.loads(of_order.files["export.json"])["whole"]
    last = {event["stream"]: at for at, event in enumerate(said)}  # what comes after the last one is seen in its day
    whole = {stream for stream in whole if [event["stream"] for event in said].count(stream) > 1}
    for at, event in enumerate(said):
        without = resealed(of_order.files, events__jsonl=lines(said[:at] + said[at + 1 :]))
        assert noticed(without), event
        assert (
            noticed(recounted(without, len(said) - 1))
            if event["stream"] in whole and at != last[event["stream"]]
            else True
        )
        doubled = resealed(of_order.files, events__jsonl=lines(said[: at + 1] + said[at:]))
        assert "out of its place" in noticed(doubled)
        if at:
            swapped = [*said[: at - 1], said[at], said[at - 1], *said[at + 1 :]]
            assert noticed(resealed(of_order.files, events__jsonl=lines(swapped)))


def test_an_event_of_a_day_that_is_left_out_is_noticed(of_day):
    said = events(of_day)
    for at in (0, 5, len(said) // 2, len(said) - 1):
        assert noticed(resealed(of_day.files, events__jsonl=lines(said[:at] + said[at + 1 :])))
    manifest = json.loads(of_day.files["export.json"]) | {"shows": len(said) - 1}
    files = resealed(of_day.files, events__jsonl=lines(said[:-1]))
    assert noticed(sealed(files, manifest | {"files": json.loads(files["export.json"])["files"]}))


def test_a_leaf_or_a_head_that_is_changed_breaks_the_chain(of_order):
    leaves = of_order.files["leaves.txt"].decode().splitlines()
    for at in (0, len(leaves) // 2, len(leaves) - 1):
        other = [*leaves[:at], "00" * 32, *leaves[at + 1 :]]
        assert noticed(resealed(of_order.files, leaves__txt="\n".join(other).encode()))
    manifest = json.loads(of_order.files["export.json"])
    for name, value in (("last", "00" * 32), ("head", "00" * 32), ("after", 1), ("until", 5)):
        assert noticed(sealed(of_order.files, {**manifest, "span": {**manifest["span"], name: value}}))
    for name, value in (("id", "00" * 16), ("until", 3), ("at", "2020-01-01T00:00:00+00:00")):
        other = {**manifest, "log": {**manifest["log"], name: value}}
        assert "start of its log" in noticed(sealed(of_order.files, other))


def test_a_name_is_not_given_to_another_person(of_order):
    names = json.loads(of_order.files["names.json"])
    assert {apart["name"] for apart in names.values()} >= {"demo"}
    for token, apart in names.items():
        forged = json.dumps({**names, token: {**apart, "name": "mallory"}}).encode()
        assert "'mallory' is not the one" in noticed(resealed(of_order.files, names__json=forged))


def test_evidence_is_that_of_the_checks(of_order):
    kept = [name for name in of_order.files if name.startswith("evidence/")]
    assert len(kept) >= 5
    assert noticed(resealed({name: data for name, data in of_order.files.items() if name != kept[0]}))
    assert noticed(resealed({**of_order.files, kept[0]: b"{}"}))


def test_a_tree_that_was_changed_is_noticed(of_order, of_day):
    for export in (of_order, of_day):
        trees = json.loads(export.files["merkle.json"])["trees"]
        other = [{**trees[0], "root": "00" * 32}, *trees[1:]]
        assert noticed(resealed(export.files, merkle__json=json.dumps({"trees": other}).encode()))


# ── what it shows, and what not ──────────────────────────────────────────────────────────────────────────────────


def test_an_order_is_shown_alone(house, orders, mission):
    later = next(order for order in orders if order.proof is not None and order.replaces is None and order != mission)
    for order in (mission, later):
        export = made(house, Scope.of_order(order.id, order.reference))
        shown = b"".join(data for name, data in export.files.items() if name != "leaves.txt").decode()
        others = [other.id for other in orders if other.id != order.id]
        assert not [other for other in others if str(other) in shown or other.hex in shown]
        assert order.asked.text in shown


def test_a_trader_s_export_has_all_their_orders_and_a_day_s_all_events(house, of_day, orders, mission, rows):
    export = made(house, Scope.of_trader(mission.asked.trader, "demo"))
    told(export.files)
    table = list(csv.DictReader(io.StringIO(export.files["orders.csv"].decode())))
    assert {row["id"] for row in table} == {str(o.id) for o in orders if o.asked.trader == mission.asked.trader}
    assert len(events(of_day)) == len(rows)
    told(of_day.files)


def test_there_is_nothing_of_a_day_without_events(house):
    with pytest.raises(Refused) as no:
        pick(house.ledger, Scope.of_day(datetime(2020, 1, 1, tzinfo=UTC).date()))
    assert no.value.code == "nothing_to_export"


def test_account_numbers_are_masked_wherever_they_stand_unless_they_are_asked_for(house, mission):
    scope = Scope.of_order(mission.id, mission.reference)
    masked, whole = made(house, scope), made(house, scope, accounts=True)
    assert json.loads(masked.files["accounts.json"]) == {}
    assert [each["number"] for each in json.loads(whole.files["accounts.json"]).values()] == ["FAKE-PRODUCTION"]
    told(whole.files)
    forged = whole.files["accounts.json"].replace(b"FAKE-PRODUCTION", b"FAKE-PRODUCTIOM")
    assert "is not that of the account" in noticed(resealed(whole.files, accounts__json=forged))
    picked, number = pick(house.ledger, scope), [NumberedAccount(Venue.PRODUCTION, "strike 450")]
    export = export_of(picked, Beside(names=house.ledger.log.names_apart()), AccountMask(number), made_at=MADE_AT)
    assert b"strike 450" not in b"".join(export.files.values())
    assert any("words of 1 events" in line for line in told(export.files))


def test_what_a_spreadsheet_would_calculate_is_plain_text(house, mission):
    story = next(each for each in stories_of(pick(house.ledger, Scope.of_order(mission.id, ""))))
    for typed in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'):
        hostile = evolve(story, order=evolve(story.order, asked=evolve(story.order.asked, text=typed)))
        (row,) = csv.DictReader(io.StringIO(orders_csv([hostile])))
        assert row["typed"] == f"'{typed}"


# ── proof of inclusion ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_is_proven_to_be_of_its_day_and_nothing_else_is_shown(house, of_day, orders, mission):
    proof = json.loads(json.dumps(proof_of(pick(house.ledger, Scope.of_order(mission.id, mission.reference)))))
    assert verify.check_proof(proof) == len(proof["events"]) > 20
    (tree,) = json.loads(of_day.files["merkle.json"])["trees"]
    assert [each["root"] for each in proof["trees"]] == [tree["root"]]
    shown = json.dumps(proof)
    assert not [other.id for other in orders if other.id != mission.id and str(other.id) in shown]
    for at in range(len(proof["events"])):
        forged = {**proof, "events": changed(proof["events"], at, state=proof["events"][at]["state"] + " ")}
        with pytest.raises(verify.Wrong):
            verify.check_proof(forged)


# ── signed heads ─────────────────────────────────────────────────────────────────────────────────────────────────


def anchored(house, key, positions):
    """Anchors at *positions*, signed by *key*, and its public half."""
    found, public = [], key.public_key().public_bytes_raw()
    start = house.ledger.log.chain_start()
    stored = house.ledger.log.chained_rows(after=0, limit=10_000)
    heads = {row[0]: row[5] for row in stored}
    for at in positions:
        previous, name = found[-1].digest if found else "", fingerprint_of(public)
        since = found[-1].position if found else 0
        root = MerkleTree.of([leaf_of(r[0], UUID(r[1]), *r[2:5]) for r in stored[since:at]]).root
        anchor = Anchor(start.log, at, heads[at], since, root, MADE_AT, previous, name)
        found.append(anchor.with_signature(key.sign(anchor.signed)))
    return {"anchors": found, "keys": [KeyStep(public, MADE_AT)]}


def signed_by(key, anchor):
    return anchor.with_signature(key.sign(anchor.signed))


def signed_lines(anchors):
    return "".join(f"{each.line}\n" for each in anchors).encode()


def test_signed_heads_bound_what_is_shown_and_a_chain_that_was_made_anew_is_noticed(house, mission):
    end, key = house.ledger.log.end(), Ed25519PrivateKey.generate()
    beside = anchored(house, key, [3, end - 1, end])
    known = beside["keys"][0].fingerprint
    export = made(house, Scope.of_order(mission.id, mission.reference), **beside)
    span = json.loads(export.files["export.json"])["span"]
    assert (span["after"], span["until"]) == (0, end - 1)  # the trader was hired before the first of them
    assert any("Anchored: 2 signed heads fit" in line for line in told(export.files, key=known))
    assert "another key" in noticed(export.files, key="00" * 32)
    (first, last), files = beside["anchors"][:2], export.files
    others = anchored(house, Ed25519PrivateKey.generate(), [end - 1])["anchors"]
    for forged, why in (
        ([evolve(others[0], key=known)], "is not signed by the key"),
        (others, "another key"),
        ([evolve(first, head=bytes(32)), last], "the log was rewritten"),
        ([evolve(first, log=UUID(int=7)), last], "of another log"),
        ([evolve(first, at=datetime(2020, 1, 1, tzinfo=UTC)), last], "is not signed by the key"),
        ([first, signed_by(key, evolve(last, root=bytes(32)))], "over other events"),
        ([first, *anchored(house, key, [5, end - 1])["anchors"][1:]], "another one is missing"),
    ):
        assert why in noticed(resealed(files, anchors__jsonl=signed_lines(forged)))


def test_a_later_key_counts_where_the_one_before_signed_it(house, mission):
    first, second = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    beside = anchored(house, second, [house.ledger.log.end()])
    (begun,) = anchored(house, first, [1])["keys"]
    step = evolve(beside["keys"][0], before=begun.fingerprint)
    for signer, counts in ((first, True), (second, False)):
        beside["keys"] = [begun, evolve(step, signature=signer.sign(step.signed))]
        export = made(house, Scope.of_order(mission.id, mission.reference), **beside)
        if counts:
            assert any("Anchored" in line for line in told(export.files, key=begun.fingerprint))
        else:
            assert "not signed by the key before it" in noticed(export.files, key=begun.fingerprint)


def test_signatures_are_verified_as_the_library_does():
    for size in (0, 1, 200):
        key, message = Ed25519PrivateKey.generate(), bytes(range(size))
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        assert verify.is_signed(public, message, signature)
        assert not verify.is_signed(public, message + b"x", signature)
        order = 2**252 + 27742317777372353535851937790883648493
        same = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
        assert not verify.is_signed(public, message, signature[:32] + same)  # one message, one signature
        for at in range(0, 64, 9):
            other = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
            assert not verify.is_signed(public, message, other)


# ── the report ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_report_answers_what_an_auditor_asks_and_needs_nothing_else(house, mission):
    picked = pick(house.ledger, Scope.of_order(mission.id, mission.reference))
    page = report_of(picked, AccountMask(), made_at=MADE_AT)
    bodies = [json.loads(row.state)["body"] for row in picked.rows if "submission_claimed" in row.topic]
    assert len(bodies) == 2
    assert all(attempt.external_id in body for attempt, body in zip(mission.attempts, bodies, strict=True))
    for said in (
        MISSION,
        mission.words,
        mission.digest,
        "demo on cli",
        "Approved by policy",
        *(attempt.external_id for attempt in mission.attempts),
        *(attempt.broker_order for attempt in mission.attempts),
        *(html.escape(body) for body in bodies),
        *(fill.fill_id for fill in mission.fills),
    ):
        assert said in page
    assert not [word for word in ("<script", "http://", "https://", "src=", "@import", "url(") if word in page]


def test_untrusted_text_is_text_in_the_report():
    from tastyflow_adapters.exports.report.markup import tag

    hostile = "<script>alert(1)</script>\x1b[31m\u202egnp.exe & \x00" + "x" * 30_000
    page = tag("td", hostile)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "\x00" not in page
    assert len(page) < 21_000


# ── a log that proves nothing ────────────────────────────────────────────────────────────────────────────────────


def test_a_log_whose_chain_does_not_fit_is_not_exported(house, rows):
    from tastyflow.application.audit.exporting.surveying import survey_of

    start, scope = house.ledger.log.chain_start(), Scope.of_day(datetime(2026, 1, 1, tzinfo=UTC).date())
    forged = [*rows[:9], rows[9]._replace(sealed=rows[9].sealed + b" "), *rows[10:]]
    with pytest.raises(StoreFailure) as no:
        survey_of(scope, forged, start)
    assert no.value.code == "chain_broken"
    with pytest.raises(StoreFailure):
        survey_of(scope, [*rows[:9], *rows[10:]], start)
