"""
The switch at work: ``tastyflow halt`` and ``tastyflow resume``.

    --as NAME, or where something can be lost         as that trader, who needs the permission
    in ``fake`` and before simulators, without --as   as the person at the machine, like ``cancel all --everyone``
"""

import click

from tastyflow.application.answers import Reply
from tastyflow.application.attribution import because_of_operator
from tastyflow.domain.commands import HaltTrading, ResumeTrading
from tastyflow.domain.halt import Halt
from tastyflow_adapters.bootstrap import open_desk, open_ledger
from tastyflow_adapters.cli.asking import Tested, ask, operator, run, tested
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.pages import halted_page
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.place_shapes import trading_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.shapes import orders_json
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load


def halt(reason: str, trader: str | None, *, reducing: bool, wants_json: bool) -> ExitCode:
    """Stop trading, and print what became of each order."""
    choices, reason = load(), readable(reason)
    command = HaltTrading(reason or None, reducing=reducing)
    if _is_operator(choices, trader):
        reply, orders = run(_halted(choices, command))
    else:
        reply, orders = ask(choices, f"halt {reason}".rstrip(), command, trader)
    return _print(choices, reply, orders, wants_json=wants_json)


def resume(reason: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Let trading go on, and print how it stands."""
    choices, reason = load(), readable(reason)
    if _is_operator(choices, trader):
        reply: Reply = run(_resumed(choices, reason))
    else:
        reply, _ = ask(choices, f"resume {reason}", ResumeTrading(reason), trader)
    return _print(choices, reply, [], wants_json=wants_json)


def show(*, wants_json: bool) -> ExitCode:
    """Print whether trading is halted, from the log alone."""
    choices = load()
    with open_ledger(choices) as ledger:
        switch = ledger.read(Halt, Halt.switch_id()) or Halt.never()
    return _print(choices, Reply(halt=switch), [], wants_json=wants_json)


def _is_operator(choices: Choices, trader: str | None) -> bool:
    return trader is None and choices.begins_with_demo


async def _halted(choices: Choices, command: HaltTrading) -> tuple[Reply, list[Tested]]:
    async with open_desk(choices) as desk:
        why = because_of_operator(operator(), desk.context.clock.now())
        by, reason = _by(), command.reason or ""
        halted = await desk.halting.halt(by=by, reason=reason, reducing=command.reducing, why=why)
        reply = Reply(command, orders=halted.orders, halt=halted.halt)
        return reply, tested(desk, reply)


async def _resumed(choices: Choices, reason: str) -> Reply:
    async with open_desk(choices) as desk:
        why = because_of_operator(operator(), desk.context.clock.now())
        return Reply(halt=await desk.halting.resume(by=_by(), reason=reason, why=why))


def _by() -> str:
    return f"the operator {operator()}"


def _print(choices: Choices, reply: Reply, orders: list[Tested], *, wants_json: bool) -> ExitCode:
    if wants_json:
        click.echo(json_line(orders_json(choices, orders) | {"trading": trading_json(reply.halt), "error": None}))
    elif reply.halt is not None:
        is_news = isinstance(reply.command, HaltTrading)
        SafeConsole().show(halted_page(reply.halt, reply.orders if is_news else None, Place.of(choices)))
    return ExitCode.of(succeeds=all(order.is_cancelling or order.stage.is_over for order, _ in orders))
