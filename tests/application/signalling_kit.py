"""A desk with a rule that raises signals: who it acts as, who may move it, who approves, and what it sees."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve

from tastyflow.application.attribution import Author, because_of
from tastyflow.application.desk import Desk
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.domain.signal_rule.action import ActionTemplate
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import RuleLimits, SignalRule
from tastyflow.domain.trader import Identity, Limits, Permission, Trader
from tests.application.kit import GENEROUS, DeskUnderTest

NAME = "flip"
LINE = "buy to open 1 SPY 450 call exp Dec 18 2026"
TRADER = "robot"
SIGNALS = frozenset({Permission.SIGNALS})
APPROVE = frozenset({Permission.APPROVE})
HALT = frozenset({Permission.HALT})
TRADING = frozenset({Permission.LONG_OPTIONS})


def rule(name: str = NAME, *, version: int = 1, text: str = "", line: str = LINE, **limits: Any) -> SignalRule:
    """A rule on SPY; other limits are other content."""
    action = ActionTemplate(line, (line,))
    content = text or f"{name} {version} {line} {sorted(limits.items())}"
    return SignalRule(
        name=name,
        version=version,
        symbol="SPY",
        trader=TRADER,
        trigger=None,
        limits=RuleLimits(**{"marked_after_min": (5,), **limits}),
        action=action,
        source="figures",
        text=content,
    )


def figures(at: datetime, values: Mapping[str, float] | None = None, **known: Any) -> Figures:
    """Sound figures of *at*."""
    known = {"coverage": 0.97, "oldest_age_s": 1.0, "spot_source": "trade", "snapshot": "ab" * 32, **known}
    return Figures("SPY", at, dict(values or {"spot": 450.0}), **known)


async def with_robot(
    house: DeskUnderTest, *, limits: Limits = GENEROUS, name: str = NAME, approver: bool = True
) -> DeskUnderTest:
    """*house* with the trader that the rule acts as, and with people: ann moves it, eve approves, hal halts."""
    await house.hire(TRADER, limits=limits, permissions=TRADING)
    await link(house, name)
    await house.hire("ann", permissions=SIGNALS)
    if approver:
        await house.hire("eve", permissions=APPROVE)
    await house.hire("hal", permissions=HALT)
    await house.hire("vic", permissions=frozenset({Permission.VIEW}))
    return house


async def link(house: DeskUnderTest, name: str, trader: str = TRADER) -> None:
    """What ``tastyflow trader link robot signal flip`` does."""
    why = Because(actor="operator", cause="test", command_id=f"link-{name}", at=house.clock.now())

    def decide(tx: Transaction) -> None:
        tx.record(tx.require(Trader, Trader.id_of(trader)).link("signal", name, why=why))
        tx.record(Identity.claim("signal", name, Trader.id_of(trader), why=why))

    await house.until(house.ledger.change(decide))


async def set_to(house: DeskUnderTest, desk: Desk, which: SignalRule, mode: RuleMode, *, by: str = "ann") -> None:
    """Load *which*, and let a person move it to *mode*, step by step."""
    await house.until(desk.signalling.load(which))
    steps = tuple(RuleMode)[tuple(RuleMode).index(RuleMode.APPROVE) : tuple(RuleMode).index(mode) + 1]
    now = standing(house.ledger, which.name).mode
    for step in (each for each in steps if each.rank > now.rank):
        message = house.message(f"signals {step} {which.name}", user=by)
        await house.until(desk.signalling.move(which.name, step, message, seen=which.digest))


async def fire(house: DeskUnderTest, desk: Desk, which: SignalRule, *, line: str | None = None) -> Signal:
    """The trigger is met now: the signal that it raises."""
    line = which.action.text if line is None else line
    seen = figures(house.clock.now())
    raised = await house.until(desk.signalling.raise_signal(which, seen, ("spot crossed the flip upwards",), line))
    assert raised is not None, "something holds it back"
    return raised


async def acted(house: DeskUnderTest, desk: Desk, which: SignalRule, *, line: str | None = None) -> Signal:
    """The trigger is met now, and the signal is settled."""
    return await house.until(desk.signalling.act(await fire(house, desk, which, line=line)))


async def turned_down(house: DeskUnderTest, mode: RuleMode, *, name: str = NAME, by: str = "ann") -> None:
    """What another process records that turns the rule down, and ends right after."""
    person, message = house.trader(by), house.message(f"signals {mode} {name}", user=by)
    why = because_of(message, Author(person.id, person.name), house.clock.now())
    rule_id = RuleStanding.id_of(name)

    def decide(tx: Transaction) -> None:
        tx.record(tx.require(RuleStanding, rule_id).move(mode, by=by, why=why))

    await house.ledger.change(decide)


async def edited(house: DeskUnderTest, which: SignalRule, *, by: str = "ann") -> None:
    """What another process records that reads *which* in the place of the rule, and lets it go to auto at once."""
    person, message = house.trader(by), house.message(f"signals auto {which.name}", user=by)
    why = because_of(message, Author(person.id, person.name), house.clock.now())
    rule_id = RuleStanding.id_of(which.name)

    def decide(tx: Transaction) -> None:
        tx.record(tx.require(RuleStanding, rule_id).reload(which, why=why))
        for mode in (RuleMode.APPROVE, RuleMode.AUTO):
            tx.record(tx.require(RuleStanding, rule_id).move(mode, digest=which.digest, by=by, why=why))

    await house.ledger.change(decide)


def standing(ledger: Ledger, name: str = NAME) -> RuleStanding:
    found = ledger.read(RuleStanding, RuleStanding.id_of(name))
    assert found is not None
    return found


def tight(**limits: Any) -> Limits:
    return evolve(GENEROUS, **limits)


def cooled(house: DeskUnderTest, minutes: float = 15.0) -> None:
    """Let the cool-down pass."""
    house.clock.jump(timedelta(minutes=minutes).total_seconds())
