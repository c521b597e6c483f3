"""
A fuzzing campaign, from start to a summary in plain words: what ``make fuzz`` runs.

    campaign ─▶ fuzz_parse.py under libFuzzer ─▶ .fuzz/found      a folder that git does not see
        └── reads its log, and says every half minute how far it is

``ARGS`` are libFuzzer's: ``-max_total_time=60`` (seconds, else 600), ``-seed=7`` (else another one each time).
"""

import importlib.util
import json
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

from attrs import frozen
from fuzz_parse import COUNTS, FOUND
from inputs import TOKENS, corpus, encode, mutable_seeds

ROOT = Path(__file__).parents[2]
PULSE = re.compile(r"#(?P<runs>\d+)\s.*\bcov: (?P<branches>\d+)")
EVERY_S = 30
DEFAULTS = {"-max_total_time": "600", "-timeout": "10", "-max_len": "200"}  # seconds, seconds for one text, bytes
UNAVAILABLE = (
    "Fuzzing needs atheris, which exists for Linux on x86-64 with Python 3.11 to 3.13, and not for this machine. "
    "Nothing else of tastyflow needs it: 'make test' judges random texts by the same rules."
)


def main(arguments: list[str]) -> int:
    """Run a campaign; 0 when it found nothing, 1 when it did or could not run."""
    if importlib.util.find_spec("atheris") is None:
        print(UNAVAILABLE, file=sys.stderr)
        return 1
    options = DEFAULTS | {"-seed": str(secrets.randbelow(2**31) + 1)}
    options |= dict(argument.partition("=")[::2] for argument in arguments)
    print(f"fuzzing for {options['-max_total_time']} s with seed {options['-seed']}", flush=True)
    began, before = time.monotonic(), found()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        given = [f"{name}={value}" for name, value in options.items()]
        code, pulse, log = run([*given, f"-artifact_prefix={FOUND}/", *laid_out(Path(folder))])
    new = sorted(each for each, written in found().items() if before.get(each) != written)
    print(summary(time.monotonic() - began, progress(pulse), new))
    if code and not any(each.suffix != ".json" for each in new):
        print("It ended early. Its last words:", *log, sep="\n  ")
    return 1 if new or code else 0


def found() -> dict[Path, int]:
    """What lies in the folder of findings, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in FOUND.glob("*")}


def laid_out(folder: Path) -> list[str]:
    """The dictionary and the seed corpus as files; libFuzzer's arguments for them."""
    seeds, words = folder / "seeds", folder / "words"
    seeds.mkdir()
    for at, seed in enumerate([*(encode(text, as_of) for text, as_of in corpus()), *mutable_seeds()]):
        (seeds / f"{at:05}").write_bytes(seed)
    escaped = sorted({"".join(f"\\x{byte:02x}" for byte in token.encode()) for token in TOKENS})
    words.write_text("".join(f'"{word}"\n' for word in escaped), "ascii")
    return [f"-dict={words}", str(seeds)]


def run(arguments: list[str]) -> tuple[int, str, deque[str]]:
    """Run libFuzzer; its exit code, its last word on how far it came, and the end of its log."""
    pulse, log, said = "", deque[str](maxlen=30), time.monotonic()
    command = [sys.executable, str(ROOT / "tests/fuzz/fuzz_parse.py"), *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace", cwd=ROOT) as fuzzer:
        try:
            for line in fuzzer.stderr or ():
                log.append(line.rstrip())
                pulse = line if PULSE.match(line) else pulse
                if time.monotonic() - said > EVERY_S:
                    said = time.monotonic()
                    print(f"  {progress(pulse)}", flush=True)
        except KeyboardInterrupt:
            fuzzer.terminate()
    return fuzzer.returncode, pulse, log


@frozen
class Progress:
    texts: int
    commands: int
    branches: int

    def __str__(self) -> str:
        return f"{self.texts:,} texts, {self.commands:,} of them commands, {self.branches:,} branches reached"


def progress(pulse: str) -> Progress:
    """How many texts were read, and how much of the code they have reached: by libFuzzer's log and our own count."""
    counts = json.loads(COUNTS.read_text("utf-8")) if COUNTS.exists() else {"texts": 0, "commands": 0}
    found = PULSE.match(pulse)
    runs, branches = (int(found["runs"]), int(found["branches"])) if found else (0, 0)
    return Progress(max(counts["texts"], runs), counts["commands"], branches)


def summary(took_s: float, reached: Progress, new: list[Path]) -> str:
    """What came of it, and how to see each finding again."""
    lines = [f"{reached}; {reached.texts / took_s:,.0f} texts a second for {took_s:.0f} s"]
    if not new:
        return "\n".join([*lines, "no crash, no hang, no accepted nonsense"])
    lines.append(f"{len(new)} kinds of findings:")
    for path in new:
        if path.suffix == ".json":
            kept = json.loads(path.read_text("utf-8"))
            lines += [f"  {kept['rule']}: {kept['what']:.200}", f"    {kept['text']!a:.200}"]
        else:
            lines.append(f"  {path.name.partition('-')[0]}: the interpreter did not come back")
        lines.append(f"    .venv/bin/python tests/fuzz/fuzz_parse.py {path.relative_to(FOUND.parents[1])}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
