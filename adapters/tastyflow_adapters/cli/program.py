"""
The program around the commands: which there are, and how it ends.

    0 done    1 refused or failed    2 usage    3 configuration    130 interrupted

Commands are imported when they are typed, so that `tastyflow parse` starts fast. No traceback reaches the user: what
nobody foresaw is one line that says where. With ``--json`` the one object on standard output is printed here too, for
whatever kept the command from printing it.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module, metadata
from traceback import extract_tb
from typing import Any, Final, NoReturn

import click

from tastyflow.errors import Misconfigured, TastyflowError
from tastyflow_adapters.cli.plain import json_line, readable, shown

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
CONFIGURATION: Final = 3
INTERRUPTED: Final = 130

COMMANDS: Final = {
    "parse": ("parse:parse", "Say what a chat line means; needs nothing but the text."),
    "order": ("order:order", "Place an order, and watch it to its end."),
    "chat": ("chat:chat", "The same as a conversation."),
    "orders": ("holdings:orders", "Your newest orders, as they stand."),
    "status": ("holdings:status", "How one order stands."),
    "cancel": ("holdings:cancel", "Cancel one order, or all that are open."),
    "positions": ("holdings:positions", "What the account holds."),
    "balance": ("holdings:balance", "Cash and buying power of the account."),
    "trader": ("trader:trader", "Who may trade, and how much."),
    "audit": ("audit:audit", "What happened, proven from the log alone."),
    "demo": ("demo:demo", "The main job, shown on a home of its own."),
}
"""Each command: where it is, and the line about it that needs no import."""

EXAMPLES: Final = """\b
Examples:
  tastyflow order "buy 10 calls for SPY at strike 450 expiring next month"
  tastyflow order "sell 5 AAPL 190P Jan 15 @ 2.10" --as ann --json
  tastyflow chat
  tastyflow status last

\b
Settings are TASTYFLOW_* variables, or keys of config.toml in TASTYFLOW_HOME.
Exit codes: 0 done, 1 refused or failed, 2 usage, 3 configuration."""


class Commands(click.Group):
    """A group that imports a command when it is typed, and lists all of them without."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"tastyflow_adapters.cli.{module}"), attribute)
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
    from difflib import get_close_matches  # noqa: PLC0415  only where somebody mistyped

    close = get_close_matches(typed, COMMANDS, n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        with suppress(metadata.PackageNotFoundError):
            click.echo(f"tastyflow {metadata.version('tastyflow')}")
            ctx.exit()
        click.echo("tastyflow, from a source tree that is not installed")
        ctx.exit()


@click.group("tastyflow", cls=Commands, epilog=EXAMPLES, context_settings={"help_option_names": ["--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version.")
def program() -> None:
    """A chat line becomes an options order: understood exactly, rehearsed in a sandbox, tested, then promoted."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the program, and end the process."""
    os.umask(0o077)  # what is in the home is the owner's alone
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # an old terminal gets "?" for "✓"
    code = run(sys.argv[1:] if args is None else list(args))
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        _leave_quietly()
    sys.exit(code)


def run(args: list[str]) -> int:
    """Run one command line; its exit code. Whatever goes wrong is said, and nothing is raised."""
    wants_json = "--json" in args
    try:
        code = program.main(args=args, prog_name="tastyflow", standalone_mode=False)
    except click.ClickException as wrong:
        _say_usage(wrong)
        failed = TastyflowError(readable(wrong.format_message()), code="usage")
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except click.exceptions.Exit as end:
        return end.exit_code
    except TastyflowError as error:
        failed = error
        _say(error)
    except OSError as error:
        _leave_quietly()
        return FAILED if not isinstance(error, BrokenPipeError) else FAILED
    except Exception as error:  # noqa: BLE001  the last door: a person is behind it
        failed = _unforeseen(error)
        _say(failed)
    else:
        return code if isinstance(code, int) else OK
    if wants_json:
        click.echo(json_line({"error": {"code": failed.code, "message": failed.message, "hint": failed.hint}}))
    return exit_code_of(failed)
