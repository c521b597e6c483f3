"""Every rule of a folder: a wrong file never stops the others."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import frozen

from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.ports import Language
from tastyflow_adapters.signals.rules.complaints import RuleComplaint
from tastyflow_adapters.signals.rules.reading import read_rule
from tastyflow_adapters.signals.rules.values import shown

LARGEST_FILE_BYTES: Final = 32_768
MOST_FILES: Final = 100


@frozen
class LoadedRules:
    """
    Attributes:
        rules: Sorted by name; each name once.
        complaints: About the files that hold none, in the order of the files and their lines.
    """

    rules: tuple[SignalRule, ...] = ()
    complaints: tuple[RuleComplaint, ...] = ()


def load_rules(folder: Path, language: Language, now: datetime) -> LoadedRules:
    """
    The rules in the ``*.toml`` files of *folder*; none where it does not exist. Raises nothing.

    A name that stands in two files is refused in both.
    """
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix == ".toml" and not file.name.startswith("."))
    except FileNotFoundError:
        return LoadedRules()
    except OSError as no:
        return LoadedRules(complaints=(RuleComplaint(folder.name, f"the folder cannot be read: {no.strerror}."),))
    complaints: list[RuleComplaint] = []
    if len(files) > MOST_FILES:
        complaints.append(
            RuleComplaint(folder.name, f"it holds more than {MOST_FILES} rules: the others are left out.")
        )
    read: list[tuple[str, SignalRule]] = []
    for file in files[:MOST_FILES]:
        name = shown(file.name).strip("'")
        text = _text_of(file)
        if isinstance(text, RuleComplaint):
            complaints.append(text)
            continue
        rule, wrong = read_rule(text, file=name, language=language, now=now)
        complaints.extend(wrong)
        if rule is not None:
            read.append((name, rule))
    twice = {name for name, count in Counter(rule.name for _, rule in read).items() if count > 1}
    for file_name, rule in read:
        if rule.name in twice:
            others = ", ".join(other for other, each in read if each.name == rule.name and other != file_name)
            told = f"name is {rule.name!r}, as in {others}: none of them is taken."
            complaints.append(RuleComplaint(file_name, told, "name"))
    rules = sorted((rule for _, rule in read if rule.name not in twice), key=lambda rule: rule.name)
    return LoadedRules(tuple(rules), tuple(complaints))


def _text_of(file: Path) -> str | RuleComplaint:
    name = shown(file.name).strip("'")
    try:
        if not file.is_file():
            return RuleComplaint(name, "this is no regular file.")
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_FILE_BYTES + 1)
        if len(raw) > LARGEST_FILE_BYTES:
            return RuleComplaint(name, f"the file is larger than {LARGEST_FILE_BYTES // 1024} kilobytes.")
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return RuleComplaint(name, "the file is not text in UTF-8.")
    except OSError as no:
        return RuleComplaint(name, f"the file cannot be read: {no.strerror}.")
