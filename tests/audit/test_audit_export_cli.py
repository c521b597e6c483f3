"""``tastyflow audit export``, ``report`` and ``prove`` as people run them, on a log in a file."""

import json
import stat

import pytest

from tastyflow_adapters.exports import verify
from tests.application.kit import MISSION
from tests.audit.test_audit_cli import contents, process, run  # noqa: F401  `run` is a fixture


@pytest.fixture
def order(run, home):  # noqa: F811
    rows = [json.loads(line) for line in run(home, "log", "--json").stdout.splitlines()]
    return next(row["aggregate"] for row in rows if MISSION in json.dumps(row))


def test_an_export_is_written_for_its_owner_alone_and_the_home_stays_as_it_is(home, order, tmp_path_factory):
    before, out = contents(home), tmp_path_factory.mktemp("out") / "order.zip"
    done = process(home, "export", "--order", order, "-o", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    told = list(verify.verify(verify.files_in(out)))
    seal = told[0].split()[-1]
    assert f"Seal: {seal}" in done.stdout
    assert contents(home) == before
    assert [each.name for each in out.parent.iterdir()] == ["order.zip"]


@pytest.mark.parametrize("command", [["export", "--order", "{}"], ["report", "{}"], ["prove", "{}"]], ids=" ".join)
def test_nothing_is_written_over_and_programs_are_told_what_was_written(run, home, order, tmp_path, command):  # noqa: F811
    asked = [each.format(order) for each in command]
    done = run(home, *asked, "-o", str(tmp_path / "x"), "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["file"]) == (0, str(tmp_path / "x"))
    assert len(said["head"]) == 64
    written = (tmp_path / "x").read_bytes()
    again = run(home, *asked, "-o", str(tmp_path / "x"))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert (tmp_path / "x").read_bytes() == written
    assert run(home, *asked, "-o", str(tmp_path / "no" / "x")).returncode == 1


def test_a_proof_is_verified_by_the_file_that_lies_in_each_export(run, home, order, tmp_path, capsys):  # noqa: F811
    assert run(home, "prove", order, "-o", str(tmp_path / "proof.json")).returncode == 0
    assert verify.main([str(tmp_path / "proof.json")]) == 0
    assert "Proven" in capsys.readouterr().out
    forged = (tmp_path / "proof.json").read_text().replace("450", "451", 1)
    (tmp_path / "forged.json").write_text(forged)
    assert verify.main([str(tmp_path / "forged.json")]) == 1
    assert verify.main([str(tmp_path / "none.json")]) == 2


@pytest.mark.parametrize(
    ("asked", "code", "why"),
    [
        (["export"], 2, "one of them"),
        (["export", "--day", "2026-01-01", "--order", "last"], 2, "one of them"),
        (["report"], 2, "an order, or --day"),
        (["export", "--day", "tomorrow"], 1, "is no day"),
        (["export", "--day", "2001-01-01"], 1, "nothing of day 2001-01-01"),
        (["export", "--trader", "mallory"], 1, "no trader called"),
        (["report", "ffffff"], 1, "ffffff"),
    ],
    ids=str,
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(run, home, tmp_path, asked, code, why):  # noqa: F811
    before = contents(tmp_path)
    done = run(home, *asked, *(["-o", str(tmp_path / "x")] if code == 1 else []))
    assert (done.returncode, why in done.stderr) == (code, True)
    assert contents(tmp_path) == before
