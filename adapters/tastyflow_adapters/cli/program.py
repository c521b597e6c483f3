"""
The program around the commands: which there are, and how it ends.

    main ─▶ run ─▶ a command ─▶ its exit code (`exit_codes`), or one line that says why not

Commands are imported when they are typed, so that `tastyflow parse` starts fast. No traceback reaches the user: an
unforeseen error is one line that says where. With ``--json`` the one object on standard output is printed here too, for
whatever kept the command from printing it.
"""

import errno
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Final, NoReturn

import click

from tastyflow.errors import Misconfigured, TastyflowError
from tastyflow_adapters.cli import exit_codes
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_text import json_line, shown
from tastyflow_adapters.unechoed import unechoed

UNWRITABLE: Final = frozenset({errno.EPIPE, errno.ENOSPC, errno.EIO})
"""What standard output answers when its reader is gone, or its disk is full."""

COLLECT_AFTER: Final = 20_000
"""Objects between two garbage collections, far more than Python's own: imports make many, and leave no garbage."""

COMMANDS: Final = {
    "parse": ("parse:parse", "Say what a chat line means; needs nothing but the text."),
    "order": ("desk_commands:order", "Place an order, and watch it to its end."),
    "preview": ("looking_commands:preview", "Show what an order would come to; nothing is sent."),
    "replace": ("desk_commands:replace", "Give a working order a new price, type, stop or time in force."),
    "flatten": ("desk_commands:flatten", "Close what is held: on one underlying, or all of it."),
    "chat": ("chat:chat", "The same as a conversation."),
    "orders": ("desk_commands:orders", "Your newest orders, as they stand."),
    "status": ("desk_commands:status", "How one order stands."),
    "cancel": ("desk_commands:cancel", "Cancel one order, or all that are open."),
    "halt": ("halting:halt", "Stop trading, and cancel what works."),
    "resume": ("halting:resume", "Let orders leave again."),
    "approvals": ("approving:approvals", "The orders that wait for another person's approval."),
    "approve": ("approving:approve", "Approve another trader's order, and send it."),
    "reject": ("approving:reject", "Refuse another trader's order that waits."),
    "incident": ("incident:incident", "What a person must look at, and what can be decided."),
    "recover": ("recover:recover", "Hold the accounts against the log, and take up what is missing here."),
    "positions": ("desk_commands:positions", "What the account holds."),
    "quote": ("looking_commands:quote", "Bid, mid and ask of shares or an option."),
    "chain": ("looking_commands:chain", "The strikes around the money, with their quotes."),
    "expirations": ("looking_commands:expirations", "The listed expirations of a symbol."),
    "gex": ("gex:gex", "Gamma exposure of an underlying: walls, flip, and a profile by strike."),
    "balance": ("desk_commands:balance", "Cash and buying power of the account."),
    "signals": ("signals.command:signals", "The rules that raise signals: what they may do, and what became of them."),
    "trader": ("trader:trader", "Who may trade, and how much."),
    "audit": ("audit.command:audit", "What happened, proven from the log alone."),
    "log": ("log.command:log", "The file that holds the log: back it up, put it back, move it."),
    "secrets": ("secrets:secrets", "Store what tastytrade and Discord let you in with, and check it."),
    "run": ("service:run", "The service: follows every order to its end, for as long as it runs."),
    "health": ("service:health", "How the running service is."),
    "discord": ("discord_setup:discord", "The bot in Discord: check it, and tell Discord its commands."),
    "doctor": ("doctor:doctor", "Say what works and what does not, and what to do about it."),
    "demo": ("demo.command:demo", "The main job, shown on a home of its own."),
    "simulator": ("tastyflow_simulator.cli:simulator", "A tastytrade on this machine, to try and test against."),
}
"""Each command: where it is, here or in a package of its own, and the line about it that needs no import."""

EXAMPLES: Final = f"""\b
Examples:
  tastyflow order "buy 10 calls for SPY at strike 450 expiring next month"
  tastyflow order "sell 5 AAPL 190P Jan 15 @ 2.10" --as ann --json
  tastyflow chat
  tastyflow status last

\b
Settings are TASTYFLOW_* variables, or keys of config.toml in TASTYFLOW_HOME.
Exit codes:
{exit_codes.lines()}"""


class Commands(click.Group):
    """A group that imports a command when it is typed, and lists all of them without."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        home = module if module.startswith("tastyflow_") else f"tastyflow_adapters.cli.{module}"
        command: click.Command = getattr(import_module(home), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command {args[0]!r}.{_meant(args[0])}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def _meant(typed: str) -> str:
    from difflib import get_close_matches  # only after a typing error

    close = get_close_matches(typed, COMMANDS, n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib import metadata  # it brings half of the email package

        with suppress(metadata.PackageNotFoundError):
            click.echo(f"tastyflow {metadata.version('tastyflow')}")
            ctx.exit()
        click.echo("tastyflow, from a source tree that is not installed")
        ctx.exit()


@click.group("tastyflow", cls=Commands, epilog=EXAMPLES, context_settings={"help_option_names": ["--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def program() -> None:
    """A chat line becomes an options order: understood exactly, rehearsed in a sandbox, tested, then promoted."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the program, and end the process."""
    os.umask(0o077)  # what is in the home is the owner's alone
    gc.set_threshold(COLLECT_AFTER)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # an old terminal gets "?" for "✓"
    try:
        code = run(sys.argv[1:] if args is None else list(args))
        click.echo(nl=False)  # flushes
    except OSError as error:  # the reader is gone, or the disk is full
        code = ExitCode.FAILED
        _to_nowhere(1)
        _say([] if isinstance(error, BrokenPipeError) else [f"Error: standard output cannot be written: {error}"])
    gc.freeze()  # the interpreter's last collection would visit every object, and the process ends anyway
    sys.exit(code)


def run(args: list[str]) -> int:
    """
    Run one command line; its exit code. Every failure is printed, in words or as JSON.

    Raises:
        OSError: Standard output cannot be written.
    """
    try:
        code = program.main(args=args, prog_name="tastyflow", standalone_mode=False)
        return code if isinstance(code, int) else ExitCode.DONE
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FAILED
    except click.UsageError as wrong:
        message = wrong.format_message()
        usage = [wrong.ctx.get_usage(), f"Try '{wrong.ctx.command_path} --help'."] if wrong.ctx else []
        if message.startswith("Usage: "):  # a group without a command: click's message is the group's help
            usage, message = message.splitlines(), "Name one of these commands."
        return _end(ExitCode.USAGE, TastyflowError(message, code="usage"), args, before=usage)
    except (click.Abort, KeyboardInterrupt):
        return _end(ExitCode.INTERRUPTED, TastyflowError("Interrupted.", code="interrupted"), args)
    except Misconfigured as error:
        return _end(ExitCode.CONFIGURATION, error, args)
    except TastyflowError as error:
        return _end(ExitCode.FAILED, error, args)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            raise
        return _end(ExitCode.FAILED, _unforeseen(error), args)


def _end(code: ExitCode, error: TastyflowError, args: list[str], *, before: Sequence[str] = ()) -> int:
    from tastyflow_adapters.cli.hints import advice_on

    advice = advice_on(error)
    meant = [f"Did you mean: {suggestion}" for suggestion in advice.suggestions]
    _say(
        [
            *before,
            *(shown(unechoed(line)) for line in (f"Error: {error.message}", *advice.hint.splitlines(), *meant) if line),
        ]
    )
    if "--json" in args:
        from tastyflow_adapters.cli.shapes import error_json  # slow to import

        click.echo(json_line({"error": error_json(error)}))
    return code


def _say(lines: Sequence[str]) -> None:
    with suppress(OSError, ValueError):  # standard error may be closed
        for line in lines:
            click.echo(line, err=True)


def _unforeseen(error: Exception) -> TastyflowError:
    from traceback import extract_tb

    from tastyflow_adapters.redaction import REDACTOR  # the words of an unforeseen error may quote anything

    last = extract_tb(error.__traceback__)[-1]
    return TastyflowError(
        f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}: {REDACTOR.clean(str(error))[:200]}",
        code="internal",
        hint="That is a mistake in tastyflow, not yours. If it was about an order, see 'tastyflow status last'.",
    )


def _to_nowhere(descriptor: int) -> None:
    """Let the interpreter flush in peace when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
