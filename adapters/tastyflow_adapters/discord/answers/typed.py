"""
A typed line that asks for anything but an order: what a slash command of the same name answers.

    "status 7f3a" ─▶ /status order:7f3a        "halt fat finger" ─▶ what it would do, to be confirmed
"""

from attrs import evolve

from tastyflow.domain.commands import (
    ApproveOrder,
    Command,
    HaltTrading,
    ListApprovals,
    ListExpirations,
    ListOrders,
    RejectOrder,
    ResumeTrading,
    ShowBalance,
    ShowChain,
    ShowHelp,
    ShowPositions,
    ShowQuote,
    ShowStatus,
)
from tastyflow_adapters.discord.answers import approving, switching
from tastyflow_adapters.discord.answers.looking import account, market, orders
from tastyflow_adapters.discord.answers.looking.asking import REFERENCE
from tastyflow_adapters.discord.answers.looking.helping import help_page
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.request import Request


async def typed(chat: Chat, request: Request, command: Command) -> ChatPage:
    """
    What *command* asks for.

    Raises:
        TastyflowError: It cannot be had.
    """
    page = await _answer(chat, evolve(request, act=None, about="", values=()), command)
    return page if isinstance(page, ChatPage) else ChatPage(lines=(f"Use: /{command.as_dict()['command']}",))


async def _answer(chat: Chat, request: Request, command: Command) -> Answer:
    match command:
        case ShowStatus(order=reference):
            return await orders.status(chat, _with(request, **{REFERENCE: reference}))
        case ListOrders():
            return await orders.orders(chat, request)
        case ShowPositions():
            return await account.positions(chat, request)
        case ShowBalance():
            return await account.balance(chat, request)
        case ListApprovals():
            return await approving.approvals(chat, request)
        case ApproveOrder(order=reference):
            return await approving.look(chat, _with(request, order=reference))
        case RejectOrder(order=reference, reason=reason):
            return await approving.reject(chat, _with(request, order=reference, reason=reason or ""))
        case ShowQuote() | ShowChain() | ListExpirations():
            return await market.looked(chat, request, command)
        case HaltTrading():
            return switching.plan_halt(chat, request, command)
        case ResumeTrading():
            return switching.plan_resume(chat, request, command)
        case ShowHelp():
            from tastyflow_adapters.discord.commands import COMMANDS  # the table has this module's answers in it

            return help_page(COMMANDS)
    return None


def _with(request: Request, **options: str) -> Request:
    return evolve(request, options={**request.options, **options})
