"""
The fuzz target: bytes become a text and a moment (`inputs`), the grammar answers, the oracle judges.

    make fuzz                                          ten minutes of it (campaign.py starts this file)
    .venv/bin/python tests/fuzz/fuzz_parse.py FILE …   what is found in a text, again

A finding does not end the campaign: it is written once to .fuzz/found, with the shortest text of its kind. What Python
cannot catch, a hang or a broken interpreter, ends it, and libFuzzer leaves the raw bytes in the same folder.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

SCRATCH = Path(__file__).parents[2] / ".fuzz"
FOUND, COUNTS = SCRATCH / "found", SCRATCH / "counts.json"
INSTRUMENTED = ["tastyflow_grammar", "tastyflow", "lark"]
"""What coverage sees. Imported before, a module is not seen: therefore the imports within the functions."""


class Notebook:
    """What a campaign has seen: how many texts, how many commands, and the findings, one of each kind."""

    def __init__(self, folder: Path, counts: Path) -> None:
        self.folder, self.counts = folder, counts
        self.texts = self.commands = 0
        self.lengths: dict[str, int] = {}

    def count(self, *, understood: bool) -> None:
        self.texts += 1
        self.commands += understood
        if self.texts % 500 == 0:
            self.save()

    def save(self) -> None:
        self.counts.write_text(json.dumps({"texts": self.texts, "commands": self.commands}), "utf-8")

    def keep(self, text: str, as_of: datetime, finding: Any) -> None:
        """Write a finding, where it is new or in a shorter text than the one of its kind."""
        kind = f"{finding.rule} {re.sub('[0-9]+', '#', finding.what)[:40]}"
        if len(text) >= self.lengths.get(kind, sys.maxsize):
            return
        self.lengths[kind] = len(text)
        name = f"{finding.rule.replace(' ', '-')}-{hashlib.sha256(ascii(kind).encode()).hexdigest()[:8]}.json"
        said = {"text": text, "as_of": as_of.isoformat(), "rule": finding.rule, "what": finding.what}
        (self.folder / name).write_text(json.dumps(said, indent=1), "utf-8")


def target(notebook: Notebook) -> Callable[[bytes], None]:
    """What libFuzzer calls with each input."""
    from inputs import decode
    from oracle import judge

    def read_one(data: bytes) -> None:
        text, as_of = decode(data)
        verdict = judge(text, as_of)
        notebook.count(understood=verdict.understood)
        for finding in verdict.findings:
            notebook.keep(text, as_of, finding)

    return read_one


def replay(path: Path) -> bool:
    """Print what the oracle says of a text that was found; whether it still finds anything."""
    from inputs import decode
    from oracle import judge

    from tastyflow_grammar import answer

    data = path.read_bytes()
    text, as_of = decode(data)
    if path.suffix == ".json":
        said = json.loads(data)
        text, as_of = said["text"], datetime.fromisoformat(said["as_of"])
    print(f"{text!a}, read as of {as_of.isoformat()}")
    findings = judge(text, as_of).findings
    if all(finding.rule != "crash" for finding in findings):
        print(f"  answer {json.dumps(answer(text, as_of=as_of))}")
    print(*(f"  found  {finding!s}" for finding in findings), sep="\n")
    return bool(findings)


def fuzz(arguments: list[str]) -> None:
    """Hand over to libFuzzer, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        import oracle  # noqa: F401
    FOUND.mkdir(parents=True, exist_ok=True)
    notebook = Notebook(FOUND, COUNTS)
    notebook.save()
    atheris.Setup([sys.argv[0], *arguments], target(notebook))
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    if any(argument.startswith("-") for argument in arguments):
        fuzz(arguments)
    files = [Path(name) for name in arguments]
    if not files or not all(file.is_file() for file in files):
        print("Say what to read again: files of .fuzz/found. A campaign is started by 'make fuzz'.", file=sys.stderr)
        return 2
    return int(sum(replay(file) for file in files) > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
