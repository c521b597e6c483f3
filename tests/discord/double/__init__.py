"""
A Discord on this machine, for tests: gateway, REST and interactions on one loopback port, and the people who use it.

    double = await Double.started()
    ann = double.person("ann")
    asked = double.slash(ann, double.channel, "order", text="buy 1 SPY 450 call")
    card = await double.answer(asked)
    double.press(ann, card, "Confirm")
    await double.see(ann, double.channel, "filled")

    world       what exists            gateway   what a session is told      rest          routes
    posting     messages written       limits    what Discord takes          interactions  commands, presses, forms
    people      what people do         seeing    what a person sees          faults        what goes wrong
    payloads    as JSON                places    what the bot looks at      conforming    discord.py's own types
    ids  bits   numbers                errors    how it says no             double        all of it, for a test

It is one reading of Discord's documents and of discord.py 2.7.1; the real one was never reached.
"""

from tests.discord.double.bits import Intent, Permission
from tests.discord.double.double import TOKEN, Double
from tests.discord.double.interactions import Form, Interaction
from tests.discord.double.people import ABSENT
from tests.discord.double.seeing import Seen
from tests.discord.double.server import Call
from tests.discord.double.world import Channel, Guild, Message, Role, User

__all__ = [
    "ABSENT",
    "TOKEN",
    "Call",
    "Channel",
    "Double",
    "Form",
    "Guild",
    "Intent",
    "Interaction",
    "Message",
    "Permission",
    "Role",
    "Seen",
    "User",
]
