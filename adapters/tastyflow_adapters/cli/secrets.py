"""
``tastyflow secrets``: store a secret without ever typing it on a command line, and see what is there without seeing it.

    set      a hidden prompt, or standard input ─▶ the system's keyring, or secrets.toml (0600) in the home
    list     which are set, and where
    check    are they what they should be?
"""

import sys
from datetime import UTC, datetime
from typing import Any, Final

import click
from pydantic import SecretStr

from tastyflow.errors import Invalid, Misconfigured, TastyflowError
from tastyflow_adapters.checkup import Observation, ProbeOutcome, ProbeResult, fail, ok, warn
from tastyflow_adapters.cli import checkup_page
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import decoded, json_line, shown
from tastyflow_adapters.config.connecting import (
    Missing,
    found,
    names_of,
    needed,
    secrets_of,
    twins,
    variable,
    venues_of,
)
from tastyflow_adapters.config.discord_choices import TOKEN
from tastyflow_adapters.config.secret_names import MAX_SECRET, ONE_WORD, SECRET_NAMES, SIGNALS, secret_name
from tastyflow_adapters.config.settings import Settings, load
from tastyflow_adapters.home import make_home
from tastyflow_adapters.secrets import RingTrouble, Secret, Secrets, Source
from tastyflow_adapters.secrets.kinds import opinion

IN_ARGV: Final = (
    "A secret is not given on the command line: other users of this machine can see it there, and your shell's history "
    "keeps it. Make a new one, and type it when asked."
)


@click.group()
def secrets() -> None:
    """What lets you in at tastytrade, Discord's token of the bot, and where the operators are told."""


@secrets.command("set")
@click.argument("typed", metavar="NAME")
@click.argument("more", nargs=-1, metavar="")
@click.option("--file", "to_file", is_flag=True, help="Into secrets.toml in the home, also where there is a keyring.")
@as_json
def set_secret(typed: str, more: tuple[str, ...], to_file: bool, wants_json: bool) -> int:
    """
    Store a secret. NAME is one of sandbox.client_secret, sandbox.refresh_token, production.client_secret,
    production.refresh_token, operators.urls, discord.token, or signals.RULE, with which alerts for that rule are
    signed; "_" does for ".". It is asked for, or read from standard input; it is never an argument.

    While senders are moved from one secret of a rule to another, signals.RULE_next is good as well.

    It goes where it is already, else into the system's keyring, else into secrets.toml, which is yours alone.

    \b
    Examples:
      tastyflow secrets set sandbox.refresh_token
      pass show tastytrade/sandbox | tastyflow secrets set sandbox.client_secret
      openssl rand -hex 32 | tastyflow secrets set signals.breakout
    """
    if more:
        raise click.UsageError(IN_ARGV)
    if (name := secret_name(typed)) is None:
        raise click.UsageError(
            f"NAME is one of {', '.join(SECRET_NAMES)}, signals.RULE."
        )  # what was typed may be the secret itself
    settings = load()
    value = _typed(name)
    about = opinion(name, value, now=datetime.now(UTC))
    if about.wrong:
        raise Invalid(f"Not stored: {about.seen}.", code="wrong_secret", hint=about.do)
    source = _store(settings, secrets_of(settings), name, SecretStr(value), to_file=to_file)
    notes = [f"{about.seen[:1].upper()}{about.seen[1:]}."] if about.doubtful else []
    if name in secrets_of(settings).given:
        notes.append(f"{variable(name)} is set, and comes before it.")
    elif name == TOKEN and not settings.discord.is_on:
        notes.append("Discord is not switched on: name the server in the table [discord] (docs/discord.md).")
    if wants_json:
        click.echo(json_line({"name": name, "where": str(source), "notes": notes, "error": None}))
    else:
        click.echo(f"{name} is stored in {_place(settings, source)}.")
        for note in notes:
            click.echo(shown(note), err=True)
    return ExitCode.DONE


@secrets.command("list")
@as_json
def list_secrets(wants_json: bool) -> int:
    """Which secrets are set, and where; never what they are."""
    settings = load()
    where = secrets_of(settings)
    known = _without_absent_rules([*found(where, names_of(settings, where))])
    if wants_json:
        rows = [{"name": each.name, "where": str(each.source) if isinstance(each, Secret) else None} for each in known]
        click.echo(json_line({"secrets": rows, "error": None}))
        return ExitCode.DONE
    width = max(len(each.name) for each in known)
    for each in known:
        told = _place(settings, each.source) if isinstance(each, Secret) else f"not set{_why(each)}"
        click.echo(shown(f"{each.name:<{width}}  {told}"))
    return ExitCode.DONE


@secrets.command("check")
@as_json
def check_secrets(wants_json: bool) -> int:
    """
    Whether the secrets that this environment needs are there, and can be what they should be. Nothing is sent.

    Exit codes: 0 good, 1 something is broken, 4 something is doubtful or not verified.
    """
    results = results_of(load())
    if wants_json:
        click.echo(json_line(checkup_page.view(results)))
    else:
        SafeConsole().show(checkup_page.page(results))
    return checkup_page.code_of(results)


def results_of(settings: Settings) -> list[ProbeResult]:
    """What there is to say about each secret that is set or needed."""
    where = secrets_of(settings)
    try:
        file = where.file.read()
        known = [*found(where, names_of(settings, where))]
    except Misconfigured as error:
        return [ProbeResult("secrets", "", ProbeOutcome.FAIL, error.message, error.hint)]
    wanted = (*needed(venues_of(settings)), *((TOKEN,) if settings.discord.is_on else ()))
    there = [each for each in known if isinstance(each, Secret)]
    results = [_result(each.name, _about(each, settings)) for each in known if each in there or each.name in wanted]
    results += [
        _result(one, fail(f"{one} and {other} are the same", _each_its_own(one, other))) for one, other in twins(there)
    ]
    if file:
        results.append(ProbeResult("secrets.toml", "", ProbeOutcome.OK, f"{settings.secrets_file} is yours alone"))
    return results or [ProbeResult("secrets", "", ProbeOutcome.OK, f"the environment {settings.env} needs none")]


def _without_absent_rules(known: list[Secret | Missing]) -> list[Secret | Missing]:
    """A rule that takes no alerts needs no secret."""
    return [each for each in known if isinstance(each, Secret) or not each.name.startswith(f"{SIGNALS}.")]


def _each_its_own(one: str, other: str) -> str:
    if SIGNALS in (one.partition(".")[0], other.partition(".")[0]):
        return "Each rule has a secret of its own, made by a generator: openssl rand -hex 32"
    return "Each venue has an OAuth application of its own."


def _about(each: Secret | Missing, settings: Settings) -> Observation:
    if isinstance(each, Missing):
        return fail(f"it is not set{_why(each)}", f"Run: tastyflow secrets set {each.name}")
    about = opinion(each.name, each.value.get_secret_value(), now=datetime.now(UTC))
    seen = f"{about.seen} ({_place(settings, each.source)})"
    if about.wrong:
        return fail(seen, f"{about.do} Then: tastyflow secrets set {each.name}".strip())
    return warn(seen, about.do) if about.doubtful else ok(seen)


def _result(name: str, told: Observation) -> ProbeResult:
    venue, _, kind = name.partition(".")
    return ProbeResult(kind, venue, told.outcome, told.seen, told.do)


def _typed(name: str) -> str:
    if sys.stdin and sys.stdin.isatty():
        text = str(click.prompt(f"{name} (hidden)", hide_input=True, default="", show_default=False, err=True))
    else:
        text = decoded(sys.stdin.buffer.read(MAX_SECRET + 2) if sys.stdin else b"")
    value = text.strip()
    if not value or len(value) > MAX_SECRET or not ONE_WORD.fullmatch(value):
        raise Invalid("Not stored: a secret is one word of ordinary characters.", code="no_secret")
    return value


def _store(settings: Settings, where: Secrets, name: str, value: SecretStr, *, to_file: bool) -> Source:
    if to_file or name in where.file.read() or not where.ring.is_usable:
        make_home(settings)
        where.file.write(name, value)
        return Source.FILE
    try:
        where.ring.set(name, value)
    except RingTrouble as trouble:
        raise TastyflowError(
            f"Not stored: {trouble}.", code="keyring", hint=f"Or keep it in a file: tastyflow secrets set {name} --file"
        ) from None
    return Source.KEYRING


def _place(settings: Settings, source: Source) -> str:
    places: dict[Source, Any] = {
        Source.ENVIRONMENT: "the environment",
        Source.CREDENTIAL: "a credential of systemd",
        Source.FILE: settings.secrets_file,
        Source.KEYRING: "the keyring",
    }
    return str(places[source])


def _why(missing: Missing) -> str:
    return f" ({missing.trouble})" if missing.trouble else ""
