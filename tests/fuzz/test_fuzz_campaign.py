"""What a campaign writes down, says, and can read again; libFuzzer itself is not needed here."""

import json
from pathlib import Path

import campaign
import fuzz_parse
import pytest
from inputs import REPEATED, SEEN_AS_OF, SOUP, TOKENS, TOO_LONG, corpus, decode, encode, mutable_seeds, seeds
from nonsense import OracleFinding


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of findings that is not the project's."""
    found = tmp_path / ".fuzz" / "found"
    found.mkdir(parents=True)
    for module in (campaign, fuzz_parse):
        monkeypatch.setattr(module, "FOUND", found)
        monkeypatch.setattr(module, "COUNTS", found.parent / "counts.json")
    return found


def test_without_atheris_one_sentence_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert campaign.main([]) == 1
    assert capsys.readouterr().err == campaign.UNAVAILABLE + "\n"


def test_the_shortest_text_of_each_kind_of_finding_is_kept(scratch: Path):
    notebook = fuzz_parse.Notebook(scratch, scratch.parent / "counts.json")
    for text, what in [("buy 7 x", "7 is lost"), ("buy 12 x y", "12 is lost"), ("8", "8 is lost"), ("b", "a word")]:
        notebook.keep(text, SEEN_AS_OF, OracleFinding("account", what))
    kept = [json.loads(file.read_text("utf-8"))["text"] for file in scratch.iterdir()]
    assert sorted(kept) == ["8", "b"]


def test_a_finding_can_be_read_again_even_a_broken_text(scratch: Path, capsys: pytest.CaptureFixture[str]):
    text = "buy 3 K\udc80O \u202e70c"
    fuzz_parse.Notebook(scratch, scratch / "counts").keep(text, SEEN_AS_OF, OracleFinding("letters", "U+202E"))
    (file,) = scratch.iterdir()
    assert fuzz_parse.main([str(file)]) == 0
    said = capsys.readouterr().out
    assert ascii(text) in said
    assert '"code": "syntax"' in said


def test_raw_bytes_can_be_read_again(scratch: Path, capsys: pytest.CaptureFixture[str]):
    (scratch / "timeout-12ab").write_bytes(encode("buy 3 KO 70c 11/20"))
    assert fuzz_parse.main([str(scratch / "timeout-12ab")]) == 0
    assert '"underlying": "KO"' in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["no/such/file"]])
def test_what_is_not_there_cannot_be_read_again(arguments: list[str]):
    assert fuzz_parse.main(arguments) == 2


def test_the_target_counts_and_keeps(scratch: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oracle.render", lambda _command, **_as_of: "help")
    notebook = fuzz_parse.Notebook(scratch, scratch.parent / "counts.json")
    read_one = fuzz_parse.target(notebook)
    for text in ("help", "buy 3 KO 70c 11/20", "gm"):
        read_one(encode(text))
    assert (notebook.texts, notebook.commands) == (3, 2)
    (file,) = scratch.iterdir()
    assert json.loads(file.read_text("utf-8"))["rule"] == "round trip"


def test_the_summary_says_how_much_and_what_was_found(scratch: Path):
    (scratch.parent / "counts.json").write_text('{"texts": 4500, "commands": 900}')
    reached = campaign.progress("#4096\tpulse  cov: 1510 ft: 9000 corp: 900/40Kb exec/s: 512 rss: 90Mb")
    said = "4,500 texts, 900 of them commands, 1,510 branches reached; 450 texts a second for 10 s"
    assert campaign.summary(10, reached, []) == f"{said}\nno crash, no hang, no accepted nonsense"
    fuzz_parse.Notebook(scratch, scratch).keep("buy 1", SEEN_AS_OF, OracleFinding("account", "1 is lost"))
    (scratch / "timeout-12ab").write_bytes(b"")
    found = campaign.summary(10, reached, sorted(scratch.iterdir()))
    assert "2 kinds of findings" in found
    assert "account: 1 is lost" in found
    assert "fuzz_parse.py .fuzz/found/timeout-12ab" in found


def test_the_seed_corpus_is_every_line_twice_and_the_grammars(tmp_path: Path):
    dictionary, folder = campaign.laid_out(tmp_path)
    laid = {decode(file.read_bytes())[0] for file in Path(folder).iterdir()}
    assert set(seeds()) | {text for text, _ in corpus()} <= laid
    assert rb"\x53\x50\x59" in Path(dictionary.removeprefix("-dict=")).read_bytes()  # SPY
    assert [decode(seed)[0] for seed in mutable_seeds()][: len(seeds())] == seeds()


def test_a_repeated_text_goes_up_to_the_limit_and_beyond():
    lengths = {len(decode(bytes((REPEATED, 0, 0, 0, more)) + b"buy ")[0]) for more in range(256)}
    assert min(lengths) < 2_000 < max(lengths) == TOO_LONG


def test_every_word_of_the_soup_can_be_reached():
    reached = {decode(bytes((SOUP, 0, 0, 0)) + at.to_bytes(2))[0] for at in range(len(TOKENS))}
    assert reached == {token.replace("~", "") for token in TOKENS}
