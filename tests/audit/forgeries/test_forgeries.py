"""What a forger with the file would change, each tried twice: as it is, and with everything sealed anew."""

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tastyflow.application import audit
from tastyflow.application.anchoring.making import next_anchor
from tastyflow.domain.anchor import KeyStep
from tastyflow_adapters.anchors.anchor_file import AnchorFile
from tastyflow_adapters.anchors.ed25519 import SigningKey
from tastyflow_adapters.anchors.wiring import check_against
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log
from tests.audit.forgeries.forger import (
    Forgery,
    by_a_forger,
    cut,
    edited,
    replaced,
    sealed_anew,
    taken_away,
    without_last_orders,
)

KEY = SigningKey(bytes(range(32)))
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
OTHER = "3f1d9c9e-0000-4000-8000-000000000007"


def more(price: str) -> str:
    return str(float(price) + 1)


FORGERIES: dict[str, Forgery] = {
    "the typed words": edited("order.drafted", ("asked", "text"), "sell 10 calls for QQQ"),
    "the understood words": edited("order.drafted", ("words",), "sell to open 10 QQQ 380 call Fri Dec 18 2026"),
    "the prices in the completions": edited("order.drafted", ("completions", 0), "priced at 0.01"),
    "the limit of a ticket": edited("order.drafted", ("ticket", "price"), "0.01"),
    "the size of a ticket": edited("order.drafted", ("ticket", "legs", 0, 1), 9),
    "who asked": edited("order.drafted", ("asked", "trader"), OTHER),
    "the user who asked": edited("order.drafted", ("asked", "user"), "mallory"),
    "the message that asked": edited("order.drafted", ("asked", "message"), "another"),
    "when it was asked": edited("order.drafted", ("at",), "2026-11-20T15:00:00.5Z"),
    "who did it": edited("order.drafted", ("actor",), "desk"),
    "who approved": edited("order.approved", ("approved_by",), "mallory"),
    "when it was approved": edited("order.approved", ("at",), "2026-11-20T15:00:00.5Z"),
    "a check's outcome": replaced("test_result.check_recorded", '"failed"', '"passed"'),
    "a check's evidence": replaced("test_result.check_recorded", '"detail":"', '"detail":"no '),
    "required checks": edited("test_result.planned", ("checks",), ["dry_run"]),
    "the limits of a trader": edited("trader.registered", ("limits", "max_contracts"), 1_000_000),
    "the permissions of a trader": edited("trader.registered", ("permissions",), ["administer"]),
    "limits that were set": edited("trader.limits_set", ("limits", "max_contracts"), 1_000_000),
    "the risk that was judged": replaced("order.validated", '"outcome":"passed"', '"outcome":"warned"'),
    "a fill's price": edited("order.fill_recorded", ("price",), more),
    "a fill's size": edited("order.fill_recorded", ("quantity",), lambda before: before + 1),
    "the venue of a fill": edited("order.fill_recorded", ("venue",), "production"),
    "the number at the broker": edited("order.submission_adopted", ("broker_order",), "999999"),
    "why it was refused": edited("order.refused", ("message",), "It was not."),
    "what was sent": edited("order.submission_claimed", ("digest",), "0" * 64),
    "the last row": cut(1),
    "the last rows": cut(25),
    "the last order": without_last_orders(1),
    "the last three orders": without_last_orders(3),
    "a refusal": taken_away("order.refused"),
    "an approval": taken_away("order.approved"),
    "a change of permissions": taken_away("trader.permissions_set"),
}


@pytest.fixture(scope="module")
def anchored(tmp_path_factory, _master: Path) -> tuple[Path, Path]:
    """The busy log, and its anchor."""
    folder = tmp_path_factory.mktemp("forged")
    path, anchors = folder / "log.db", folder / "anchors.jsonl"
    shutil.copy(_master, path)
    with closing(open_log(LogAddress.file(path))) as ledger:
        made = next_anchor(ledger.log, None, key=KEY.fingerprint, at=AT)
        assert made is not None
        AnchorFile(anchors).keep(made.with_signature(KEY.sign(made.signed)))
    return path, anchors


def found(path: Path, anchors: Path) -> audit.Report:
    with closing(open_log(LogAddress.file(path), read_only=True)) as ledger:
        end = audit.settled_end(ledger.log)
        report = audit.together(audit.structure_of(ledger.log, end), audit.promises_of(ledger.log, end))
        held = check_against(ledger, {"elsewhere": AnchorFile(anchors)}, [KeyStep(KEY.public, AT)], KEY.fingerprint)
    return audit.together(report, audit.anchors_report(held))


def test_a_log_that_nobody_touched_is_clean(anchored, tmp_path):
    shutil.copy(anchored[0], tmp_path / "log.db")
    assert found(tmp_path / "log.db", anchored[1]).is_clean


@pytest.mark.parametrize("name", FORGERIES)
def test_each_forgery_is_noticed_by_the_chain_and_its_place_is_named(name, anchored, tmp_path):
    path = Path(shutil.copy(anchored[0], tmp_path / "log.db"))
    with by_a_forger(path) as hand:
        position = FORGERIES[name](hand)
    report = found(path, anchored[1])
    rules = {finding.rule for finding in report.findings}
    first = min(finding.seq for finding in report.findings)
    assert not report.is_clean
    if name.startswith("the last row"):
        assert "anchored" in rules  # with its heads, and the count of rows: the anchor alone shows it
    else:
        assert "chain" in rules
        assert first <= position


@pytest.mark.parametrize("name", FORGERIES)
def test_each_forgery_that_is_sealed_anew_is_noticed_by_the_anchor(name, anchored, tmp_path):
    path = Path(shutil.copy(anchored[0], tmp_path / "log.db"))
    with by_a_forger(path) as hand:
        FORGERIES[name](hand)
        sealed_anew(hand)
    report = found(path, anchored[1])
    rules = {finding.rule for finding in report.findings}
    assert "anchored" in rules
    assert not rules & {"chain", "stored"}  # or the forger did not know the chain


def test_there_are_as_many_kinds_as_were_named():
    assert len(FORGERIES) == 32
