"""
The story of `docs/first-day.md`, told in Discord: the same people, mistakes and orders, as pages of HTML to look at.

    .venv/bin/python -m tests.discord.first_day FOLDER          FOLDER/01-ann-orders.html …

`tastyflow run` is started for real in the fake environment, on that Friday morning; each scene ends with what one
person sees in one channel then. A developer's tool: it asserts no words, and fails where no answer comes.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.discord.double import Channel, Form, Seen, User, payloads
from tests.discord.picture import picture
from tests.discord.story import Person, Town

MORNING: Final = "2026-11-20T10:00"
FAKE: Final = {
    "TASTYFLOW_SIMULATED": "false",
    "TASTYFLOW_ENV": "fake",
    "TASTYFLOW_NOW": MORNING,
    "TASTYFLOW_POLICY__APPROVAL_ABOVE_USD": "5000",
}
MISTAKES: Final = (
    "byu 10 SPY 450C Dec 18",
    "buy 1 SPYY 450C Dec 18",
    "buy 1 SPY 450.13C Dec 18",
    "buy 1 SPY 450C Dec 19",
    "buy 30 SPY 450C Dec 18",
    "sell 1 SPY 460C Dec 18",
    "buy 1 SPY 450C Dec 18 @ 80.00",
    "close SPY 440P Dec 18",
)


class Album:
    """
    Pages, in the order in which they were taken.

    Args:
        town: Whose channels are looked at.
    """

    def __init__(self, town: Town, folder: Path) -> None:
        self._town, self._folder = town, folder
        self._from: dict[str, int] = {}
        self._number = 0

    def take(self, name: str, person: Person, channel: Channel, form: Form | None = None) -> None:
        """What *person* sees in *channel* of what is new since the last page of it; with *form* open before them."""
        self._number += 1
        seen = self._town.double.seen_by(person.user, channel)
        shown: list[dict[str, Any]] = [payloads.message(each.message) for each in seen]
        new = shown[self._from.get(f"{person.name}/{channel.id}", 0) :]
        self._from[f"{person.name}/{channel.id}"] = len(shown)
        opened = [{"modal": form.data}] if form else []
        place = f"{channel.name or '@tasty'}"
        page = picture(place, person.name, [*new, *opened])
        (self._folder / f"{self._number:02}-{name}-{person.name}.html").write_text(page, "utf-8")


async def tell(folder: Path) -> None:
    """Live through the day, and leave its pages in *folder*."""
    with tempfile.TemporaryDirectory() as home:
        async with Town(Path(home), **FAKE) as town:
            ann = await town.settle("ann", "long_options", "spreads")
            await town.type("trader", "limit", "ann", "max_contracts=20", "max_defined_loss_usd=15,000",
                            "max_notional_usd=15,000")  # fmt: skip
            bob = await town.settle("bob", "approve", "halt")
            carol = Person("carol", town.double.person("carol"))
            await town.sync()
            await town.runs()
            await _live(town, Album(town, folder), ann, bob, carol)


async def _live(town: Town, album: Album, ann: Person, bob: Person, carol: Person) -> None:
    double, orders = town.double, town.orders

    async def asks(person: Person, command: str, channel: Channel | None = None, **options: str) -> Seen:
        return await double.answer(double.slash(person.user, channel or orders, command, **options))

    async def order(text: str) -> Seen:
        return await asks(ann, "order", text=text)

    async def sends(text: str, *words: str) -> tuple[Seen, Seen]:
        """Ask for *text*, confirm its card, and see *words* in its message."""
        card = await order(text)
        before = {each.id for each in double.seen_by(ann.user, orders)}
        double.press(ann.user, card, "Confirm")
        live = await see_new(ann.user, orders, before, *words)
        return card, live

    async def see_new(user: User, channel: Channel, before: set[str], *words: str) -> Seen:
        def found() -> Seen | None:
            new = [each for each in double.seen_by(user, channel) if each.id not in before]
            return next((e for e in new if all(w.lower() in e.text.lower() for w in words)), None)

        seen: Seen = await double.wait(found, 30, what=f"{user.name} sees {words}")
        return seen

    # ── ten mistakes ──
    await asks(ann, "help")
    album.take("help", ann, orders)
    for text in MISTAKES:
        await order(text)
    await asks(carol, "order", text="buy 1 SPY 450C Dec 18")
    album.take("mistakes", ann, orders)
    album.take("stranger", carol, orders)
    asked = double.say(ann.user, orders, "buy 10 SPY 450C", mention=True)
    question = await double.see(ann.user, orders, "Which expiration")
    double.say(ann.user, orders, "12/18", reply_to=question)
    shown = await double.see(ann.user, orders, "Dec 18 2026", "buy to open 10")
    album.take("conversation", ann, orders)
    double.press(ann.user, shown, "Show the card")
    await double.see(ann.user, orders, "buy to open 10 SPY 450 call", "maximum loss")
    album.take("conversation-card", ann, orders)
    del asked

    # ── see before you send ──
    await asks(ann, "expirations", symbol="SPY")
    await asks(ann, "chain", symbol="SPY")
    await asks(ann, "quote", symbol="SPY")
    album.take("looking", ann, orders)
    await asks(ann, "preview", text="buy 4 SPY 450C Dec 18")
    album.take("preview", ann, orders)

    # ── an order ──
    card = await order("buy 4 SPY 450C Dec 18")
    album.take("card", ann, orders)
    change = await double.form(double.press(ann.user, card, "Change"))
    album.take("change", ann, orders, change)
    before = {each.id for each in double.seen_by(ann.user, orders)}
    double.press(ann.user, card, "Confirm")
    live = await see_new(ann.user, orders, before, "filled")
    await double.wait(lambda: "4 of 4" in live.text or "Filled." in live.text, 30, what="filled")
    album.take("filled", ann, orders)
    why = await double.answer(double.press(ann.user, live, "Why"))
    del why
    album.take("why", ann, orders)

    # ── approved by a second person ──
    await sends("buy 6 SPY 440C Dec 18", "approv")
    album.take("waits", ann, orders)
    waiting = await double.see(bob.user, town.approvals, "440")
    album.take("approvals", bob, town.approvals)
    refused = await double.answer(double.press(ann.user, waiting, "Approve"))
    del refused
    album.take("approvals-own", ann, town.approvals)
    seen = await double.answer(double.press(bob.user, waiting, "Approve"))
    album.take("approving", bob, town.approvals)
    double.press(bob.user, seen, seen.enabled[0])
    await double.see(ann.user, orders, "440", "filled", timeout_s=30)
    album.take("approved", bob, town.approvals)

    # ── another price ──
    _, works = await sends("buy 2 SPY 460C Dec 18 @ 1.00", "460", "working")
    form = await double.form(double.press(ann.user, works, "Replace"))
    album.take("replace", ann, orders, form)
    price = next(iter(form.inputs))
    new_card = await double.answer(double.fill(form, **{price: "1.10"}))
    album.take("replace-card", ann, orders)
    before = {each.id for each in double.seen_by(ann.user, orders)}
    double.press(ann.user, new_card, "Confirm")
    replaced = await see_new(ann.user, orders, before, "working")
    await double.answer(double.press(ann.user, replaced, "Cancel"))
    await double.wait(lambda: "cancelled" in replaced.text.lower(), 30, what="cancelled")
    await asks(ann, "cancel", order="last")
    album.take("replaced-cancelled", ann, orders)

    # ── the way out ──
    await sends("close half SPY 440C Dec 18", "filled")
    await asks(ann, "positions")
    await asks(ann, "balance")
    await asks(ann, "limits")
    album.take("positions", ann, orders)
    await sends("close SPY 450C Dec 18", "filled")
    plan = await asks(ann, "flatten", what="SPY")
    album.take("flatten-plan", ann, orders)
    before = {each.id for each in double.seen_by(ann.user, orders)}
    double.press(ann.user, plan, plan.enabled[0])
    await see_new(ann.user, orders, before, "filled")
    await asks(ann, "orders")
    album.take("flattened-orders", ann, orders)

    # ── stop ──
    for text in ("buy 1 SPY 450C Dec 18 @ 1.00", "buy 1 SPY 455C Dec 18 @ 1.00"):
        await sends(text, "working")
    halting = await asks(bob, "halt", reason="fat finger")
    album.take("halt-asked", bob, orders)
    double.press(bob.user, halting, halting.enabled[0])
    await double.see(bob.user, town.operators, "halted", timeout_s=30)
    await order("buy 1 SPY 445C Dec 18")
    album.take("halted", ann, orders)
    resuming = await asks(bob, "resume", reason="looked at both orders")
    if resuming.enabled:
        await double.answer(double.press(bob.user, resuming, resuming.enabled[0]))
    album.take("halted-bob", bob, orders)
    album.take("operators", bob, town.operators)


Step = Callable[[], Any]


if __name__ == "__main__":
    asyncio.run(tell(Path(sys.argv[1])))
