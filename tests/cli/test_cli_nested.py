"""Settings, secrets, pins and corpora that are nested without end: an error in words, wherever they are read."""

from pathlib import Path

import pytest

from tastyflow_adapters.figures import MAX_DEPTH, read_toml

DEEP = 100_000
NESTED = {
    "lists": "trader = " + "[" * DEEP,
    "closed lists": "trader = " + "[" * 5_000 + "]" * 5_000,
    "shallower than Python minds": "trader = " + "[" * 200 + "]" * 200,
    "tables": "trader = " + "{a = " * 5_000,
    "dotted keys": ".".join(["a"] * 5_000) + " = 1",
    "a table of a table": "[" + ".".join(["policy"] * 2_000) + "]\nx = 1",
}


@pytest.mark.parametrize("nested", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("command", [("orders", "--json"), ("doctor", "--offline")])
def test_a_file_of_settings_nested_without_end_is_misconfigured(inside, home: Path, nested: str, command) -> None:
    home.mkdir()
    (home / "config.toml").write_text(nested)
    ended = inside(*command)
    assert ended.code in (3, 1)
    assert "config.toml" in ended.out + ended.err
    assert "RecursionError" not in ended.out + ended.err
    assert len(ended.out + ended.err) < 5_000


@pytest.mark.parametrize("nested", ["[" * DEEP, "[" * 5_000 + "]" * 5_000, '{"a":' * DEEP, "[" * 200 + "]" * 200])
@pytest.mark.parametrize(
    "variable", ["POLICY__SEARCH_WAITS_S", "POLICY", "SANDBOX", "SANDBOX__ACCOUNTS", "FAKE_ACCOUNTS", "TRADER"]
)
def test_a_variable_nested_without_end_is_misconfigured(inside, variable: str, nested: str) -> None:
    ended = inside("orders", "--json", **{f"TASTYFLOW_{variable}": nested})
    assert ended.code == 3
    assert "TASTYFLOW_" in ended.json["error"]["message"]
    assert "RecursionError" not in ended.out + ended.err
    assert len(ended.out + ended.err) < 5_000


def test_a_file_of_secrets_nested_without_end_is_refused(inside, home: Path) -> None:
    home.mkdir()
    (home / "secrets.toml").write_text("x = " + "[" * DEEP)
    (home / "secrets.toml").chmod(0o600)
    ended = inside("secrets", "check", TASTYFLOW_ENV="sandbox")
    assert ended.code in (1, 3)
    assert "secrets.toml" in ended.out + ended.err
    assert "RecursionError" not in ended.out + ended.err


@pytest.mark.parametrize("nested", ["[" * DEEP, '{"id": ' * 5_000])
def test_a_corpus_nested_without_end_is_no_corpus(inside, tmp_path: Path, nested: str) -> None:
    (tmp_path / "lines.jsonl").write_text(nested[:60_000] + "\n")
    ended = inside("parse", "--corpus", str(tmp_path / "lines.jsonl"))
    assert ended.code != 0
    assert "line 1" in ended.err
    assert "RecursionError" not in ended.out + ended.err


def test_what_a_person_writes_is_read() -> None:
    deep = ".".join(["a"] * (MAX_DEPTH - 1))
    assert read_toml(f"{deep} = [1, 2]")
    with pytest.raises(ValueError, match="deeply"):
        read_toml(f"a.{deep} = [[1]]")
