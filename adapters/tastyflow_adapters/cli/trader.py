"""
``tastyflow trader``: who may trade, what, and how much.

    add ─ list, show ─ link, unlink ─ grant, revoke ─ limit ─ suspend, resume ─ remove ─ forget
"""

from collections.abc import Awaitable
from decimal import Decimal
from typing import Final

import click

from tastyflow.application.traders import Traders
from tastyflow.domain.trader import Limits, Permission, Trader
from tastyflow.domain.trader.identity import USERS
from tastyflow.domain.trader.names import looks
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.errors import Refused
from tastyflow_adapters.bootstrap import clock_of, prepare
from tastyflow_adapters.cli.asking import operator, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.limits import Dollars, Limit, symbols_of, with_limits
from tastyflow_adapters.cli.options import as_json
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.place_shapes import trader_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.trader_accounts import accounts
from tastyflow_adapters.cli.trader_pages import trader_page, traders_page
from tastyflow_adapters.cli.trader_work import change_by, print_change, print_code, roster_here
from tastyflow_adapters.config.choices import DEMO, PLATFORM
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.unechoed import require_no_secret

STANDARD: Final = Limits()
STANDARD_PERMISSIONS: Final = (Permission.LONG_OPTIONS, Permission.SHARES, Permission.MARKET_ORDERS)

named: Final = click.argument("name", metavar="NAME")
reasoned: Final = click.option("--reason", default="", help="Why; it is recorded.")
permitted: Final = click.argument(
    "permissions", metavar="PERMISSION...", nargs=-1, required=True, type=click.Choice([p.value for p in GRANTABLE])
)
platformed: Final = click.argument("platform", metavar="PLATFORM", type=click.Choice(list(USERS)))


@click.group()
def trader() -> None:
    """
    Who may trade, what, and how much.

    In sandbox and production it takes the permission "administer", once a trader has it. The first step:

    \b
      tastyflow trader add alice --permission administer
    """


@trader.command()
@named
@click.option("--os-user", metavar="USER", help="Who NAME is on this machine (else NAME).")
@click.option("--max-contracts", type=click.IntRange(0, 100_000), default=STANDARD.max_contracts, show_default=True)
@click.option("--max-shares", type=click.IntRange(0, 100_000), default=STANDARD.max_shares, show_default=True)
@click.option("--max-notional", type=Dollars(), default=STANDARD.max_notional_usd, show_default=True)
@click.option("--max-open-notional", type=Dollars(), default=STANDARD.max_open_notional_usd, show_default=True)
@click.option("--symbols", metavar="A,B", help="Only these underlyings (else all).")
@click.option(
    "--limit", "chosen", multiple=True, type=Limit(),
    help="Any limit by its name (docs/limits.md): max_loss_pct=3, max_working=none. Once for each.",
)  # fmt: skip
@click.option(
    "--permission", "permissions", multiple=True, type=click.Choice([p.value for p in GRANTABLE]),
    default=tuple(p.value for p in STANDARD_PERMISSIONS), show_default=True, help="Once for each.",
)  # fmt: skip
@as_json
def add(
    name: str,
    os_user: str | None,
    max_contracts: int,
    max_shares: int,
    max_notional: Decimal,
    max_open_notional: Decimal,
    symbols: str | None,
    chosen: tuple[tuple[str, object], ...],
    permissions: tuple[str, ...],
    wants_json: bool,
) -> int:
    """
    Add a trader: NAME orders as the user of this machine who is called so, and is what --as takes.

    \b
    Example:
      tastyflow trader add ann --max-contracts 5 --max-notional 8,000 --symbols SPY,QQQ
      tastyflow trader add bob --os-user robert --permission spreads --limit max_defined_loss_usd=1,000
    """
    listed = None if symbols is None else symbols_of(readable(symbols))
    limits = with_limits(Limits(max_contracts, max_shares, max_notional, max_open_notional, listed), chosen)
    allowed = frozenset(Permission(permission) for permission in permissions)
    called, user = readable(name), None if os_user is None else readable(os_user)
    require_no_secret(called, "the name")
    require_no_secret(user or "", "the user")
    settings = load()
    if looks(called) & looks(DEMO) and not settings.begins_with_demo:
        raise Refused(
            f"The name {DEMO} is kept for trying things out, and so is one that looks like it.",
            code="trader_exists",
            hint="Choose another.",
        )

    def adding(traders: Traders) -> Awaitable[Trader]:
        return traders.add(called, PLATFORM, limits=limits, permissions=allowed, by=operator(), user=user)

    return print_change(settings, called, lambda roster: roster.add(adding), wants_json=wants_json)


@trader.command()
@named
@platformed
@click.argument("user", metavar="[USER]", required=False)
@as_json
def link(name: str, platform: str, user: str | None, wants_json: bool) -> int:
    """
    NAME is USER on PLATFORM (cli, discord, signal): on Discord the number of the user.

    On discord without USER: a code, shown once and good for one use within fifteen minutes. NAME types it there:
    /link CODE. Who types it is NAME, so give it to NAME alone, by another way than the chat.

    \b
    Examples:
      tastyflow trader link ann discord
      tastyflow trader link ann discord 803111222333444555
    """
    if user is None:
        return print_code(name, platform, wants_json=wants_json)
    require_no_secret(user, "the user")
    return change_by(name, lambda t, who, by: t.link(who, platform, readable(user), by=by), wants_json=wants_json)


@trader.command()
@named
@platformed
@click.argument("user", metavar="USER")
@as_json
def unlink(name: str, platform: str, user: str, wants_json: bool) -> int:
    """NAME is no longer USER on PLATFORM; what USER types there is refused at once."""
    return change_by(name, lambda t, who, by: t.unlink(who, platform, readable(user), by=by), wants_json=wants_json)


@trader.command()
@named
@permitted
@as_json
def grant(name: str, permissions: tuple[str, ...], wants_json: bool) -> int:
    """Let NAME do this besides: covered, long_options, spreads, short_options, shares, … (docs/permissions.md)."""
    given = [Permission(each) for each in permissions]
    return change_by(name, lambda t, who, by: t.grant(who, given, by=by), wants_json=wants_json)


@trader.command()
@named
@permitted
@as_json
def revoke(name: str, permissions: tuple[str, ...], wants_json: bool) -> int:
    """From now on NAME may not do this; what is on its way to production is asked again just before."""
    taken = [Permission(each) for each in permissions]
    return change_by(name, lambda t, who, by: t.revoke(who, taken, by=by), wants_json=wants_json)


@trader.command()
@named
@click.argument("chosen", metavar="LIMIT=VALUE...", nargs=-1, required=True, type=Limit())
@as_json
def limit(name: str, chosen: tuple[tuple[str, object], ...], wants_json: bool) -> int:
    """
    Set limits of NAME, each by its name (docs/limits.md); the others stay.

    \b
    Example:
      tastyflow trader limit ann max_contracts=5 max_loss_pct=3 symbols=SPY,QQQ max_working=none
    """
    return change_by(name, lambda t, who, by: t.limit(who, dict(chosen), by=by), wants_json=wants_json)


@trader.command()
@named
@reasoned
@as_json
def suspend(name: str, reason: str, wants_json: bool) -> int:
    """From now on nothing new is placed for NAME; what works can still be cancelled."""
    return change_by(name, lambda t, who, by: t.suspend(who, by=by, reason=readable(reason)), wants_json=wants_json)


@trader.command()
@named
@reasoned
@as_json
def resume(name: str, reason: str, wants_json: bool) -> int:
    """Let NAME trade again."""
    return change_by(name, lambda t, who, by: t.resume(who, by=by, reason=readable(reason)), wants_json=wants_json)


@trader.command()
@named
@reasoned
@as_json
def remove(name: str, reason: str, wants_json: bool) -> int:
    """NAME may do nothing any more, for good, and is known on no platform. The name stays taken; history stays."""
    called, why, by = readable(name), readable(reason), operator()

    def removing(traders: Traders) -> Awaitable[Trader]:
        return traders.remove(called, by=by, reason=why)

    return print_change(load(), called, lambda roster: roster.remove(called, removing), wants_json=wants_json)


@trader.command()
@named
@reasoned
@as_json
def forget(name: str, reason: str, wants_json: bool) -> int:
    """
    Nothing shows who NAME was any more: each log shows a pseudonym instead, and still verifies.

    For a trader who was removed. It cannot be undone. Backups and exports that were made before still say the name.
    """
    called, why, by = readable(name), readable(reason), operator()

    def forgetting(traders: Traders) -> Awaitable[Trader]:
        return traders.forget(called, by=by, reason=why)

    return print_change(load(), called, lambda roster: roster.change(called, forgetting), wants_json=wants_json)


@trader.command()
@named
@as_json
def show(name: str, wants_json: bool) -> int:
    """Everything about NAME: who they are, what they may do, limits, accounts, what their open orders hold."""
    settings = load()
    with roster_here(settings) as (ledger, _):
        run(prepare(settings, ledger, clock_of(settings)))
        found = Traders(ledger, clock_of(settings)).find(readable(name))
    if found is None:
        raise Refused(f"There is no trader {readable(name)[:64]!r}.", code="unknown_trader", data={"user": name})
    if wants_json:
        click.echo(json_line(trader_json(found) | {"error": None}))
    else:
        SafeConsole().show(trader_page(found, Place.of(settings).words))
    return ExitCode.DONE


@trader.command("list")
@as_json
def list_traders(wants_json: bool) -> int:
    """All traders who are known in this environment, with their limits."""
    settings = load()
    with roster_here(settings) as (ledger, _):
        run(prepare(settings, ledger, clock_of(settings)))
        found = Traders(ledger, clock_of(settings)).all()
    if wants_json:
        click.echo(json_line({"traders": [trader_json(each) for each in found], "error": None}))
    else:
        SafeConsole().show(traders_page(found, Place.of(settings).words))
    return ExitCode.DONE


trader.add_command(accounts)
trader.add_command(click.Command("reinstate", hidden=True, callback=resume.callback, params=resume.params))
