"""
The server that takes alerts: ``POST /signals/NAME``.

    connection ─▶ its source asks seldom enough ─▶ headers and body ─▶ signed, of now ─▶ JSON ─▶ taken ─▶ 200
                     429                            413 415 408        401, always same   400   503

It listens on this machine only, unless the settings name a trusted proxy. The same alert again is answered the same: it
is remembered for as long as its time counts, and after that its signal is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, Final

from aiohttp import web

from tastyflow.application.waiting import ended
from tastyflow.domain.signal_rule.alert import AlertAnswer, AlertOutcome, HeardAlert
from tastyflow.errors import Invalid
from tastyflow.ports import Clock
from tastyflow_adapters.config.signals_choices import HERE, SignalsChoices
from tastyflow_adapters.signals.webhook.connections import Connections
from tastyflow_adapters.signals.webhook.judging import ReceivedAlert, fault_of
from tastyflow_adapters.signals.webhook.keys import RuleKeys
from tastyflow_adapters.signals.webhook.reading import alert_in, headers_of, rule_in
from tastyflow_adapters.signals.webhook.remembering import AnsweredAlerts
from tastyflow_adapters.signals.webhook.sources import FORWARDED, SourceRates, address_of, source_of
from tastyflow_adapters.signals.webhook.tally import AlertFault, AlertTally, counting_logger

FiguresOf = Callable[[str], frozenset[str] | None]
"""The figures that alerts for the rule NAME may bring; None where no such rule takes alerts now."""

Take = Callable[[HeardAlert], Awaitable[AlertAnswer]]
"""
Takes a verified alert to its rule, and says what became of it; what it raises is answered with 503 and counted.

It answers once the signal is recorded, and does not wait for the order. The same `HeardAlert.source_id` is the same
signal: it is answered with that one.
"""

WEBHOOK: Final = "webhook"
TAKEN_WITHIN_S: Final = 10.0
AGAIN_S: Final = 5.0
"""How long to wait before a port that is taken is tried again, and how often the tally is looked at."""

STATUS: Final[Mapping[AlertFault, tuple[int, str]]] = {
    AlertFault.TOO_MANY: (429, "too many alerts: wait a minute"),
    AlertFault.TOO_LARGE: (413, "too large"),
    AlertFault.TOO_SLOW: (408, "too slow"),
    AlertFault.NOT_JSON: (415, "send application/json, not encoded"),
    AlertFault.HEADERS: (401, "refused"),
    AlertFault.UNSIGNED: (401, "refused"),
    AlertFault.OLD: (401, "refused"),
    AlertFault.AHEAD: (401, "refused"),
    AlertFault.BODY: (400, "not understood"),
    AlertFault.NO_RULE: (409, "no rule of that name takes alerts now"),
    AlertFault.BUSY: (503, "not taken: send the same alert again"),
}
"""What a refused alert is answered with."""

logger = logging.getLogger(__name__)


class WebhookServer:
    """
    Takes alerts for as long as it runs.

    Attributes:
        port: Where it listens; 0 before.
        is_open: Set once it listens.
        trouble: Why it does not listen; empty where it does.
        tally: What became of every alert.
    """

    def __init__(
        self, chosen: SignalsChoices, clock: Clock, *, keys: RuleKeys, figures_of: FiguresOf, take: Take
    ) -> None:
        self._chosen = chosen
        self._clock = clock
        self._keys = keys
        self._figures_of = figures_of
        self._rates = SourceRates(chosen.webhook_alerts_a_minute)
        self._answered = AnsweredAlerts(take, keep_s=chosen.webhook_oldest_s + chosen.webhook_ahead_s + 1)
        self.tally = AlertTally()
        self._connections = Connections(
            read_s=chosen.webhook_read_s,
            most_bytes=chosen.webhook_body_bytes,
            trusted_proxy=chosen.webhook_trusted_proxy,
            only=_only(chosen),
            refuse=self.tally.refuse,
        )
        self.port = 0
        self.is_open = asyncio.Event()
        self.trouble = ""

    async def run(self) -> None:
        """For ever; where the port is taken it is tried again."""
        requests = web.Server(
            self._answer,
            access_log=None,
            logger=counting_logger(self.tally),
            lingering_time=0.0,
            auto_decompress=False,
        )
        await self._keys.look()  # before anything is answered: a rule without its secret is none
        keys = asyncio.create_task(self._keys.run(), name="keys of signals")
        try:
            while True:
                with suppress(OSError):
                    await self._listen(requests)
                await self._clock.sleep(AGAIN_S)
        finally:
            await ended(keys)
            await self._answered.close()
            await requests.shutdown(AGAIN_S)

    async def _listen(self, requests: web.Server) -> None:
        try:
            server = await asyncio.get_running_loop().create_server(
                lambda: self._connections.bounded(requests()),
                self._chosen.webhook_host,
                self._chosen.webhook_port,
                backlog=16,
            )
        except OSError as error:
            self.trouble = f"port {self._chosen.webhook_port} cannot be used: {error.strerror or type(error).__name__}"
            raise
        async with server:
            self.port, self.trouble = int(server.sockets[0].getsockname()[1]), ""
            self.is_open.set()
            while True:
                await self._clock.sleep(AGAIN_S)
                self.tally.tell(self._clock.monotonic())

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        try:
            answer = await self._answer_of(request)
        except Exception as error:
            logger.exception("An alert could not be answered (%s)", type(error).__name__)
            answer = AlertFault.BUSY
        if isinstance(answer, AlertFault):
            self.tally.refuse(answer)
            status, said = STATUS[answer]
            return _json(status, {"error": said})
        return answer

    async def _answer_of(self, request: web.BaseRequest) -> web.Response | AlertFault:
        source = source_of(
            request.remote or "", request.headers.getall(FORWARDED, []), self._chosen.webhook_trusted_proxy
        )
        if not self._rates.may_ask(source, self._clock.monotonic()):
            return AlertFault.TOO_MANY
        name = rule_in(request.raw_path)
        if name is None or request.method != "POST":
            self.tally.refuse(AlertFault.PATH)
            return _json(404 if name is None else 405, {"error": "there is only POST /signals/NAME"})
        headers = headers_of(request.headers)
        if isinstance(headers, AlertFault):
            return headers
        body = await self._body_of(request)
        if isinstance(body, AlertFault):
            return body
        self._connections.received(request.transport)
        alert = ReceivedAlert(name, headers, body)
        fault = fault_of(alert, self._keys.of(name), now=self._clock.now(), chosen=self._chosen)
        return fault or await self._taken(alert)

    async def _body_of(self, request: web.BaseRequest) -> bytes | AlertFault:
        most = self._chosen.webhook_body_bytes
        if (request.content_length or 0) > most:
            return AlertFault.TOO_LARGE
        body = bytearray()
        try:
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > most:
                    return AlertFault.TOO_LARGE
        except (OSError, web.RequestPayloadError):
            return AlertFault.TOO_SLOW  # it is gone, or was closed: who asked hears nothing
        return bytes(body)

    async def _taken(self, received: ReceivedAlert) -> web.Response | AlertFault:
        """What becomes of an alert that counts. From here on its sender holds the secret of the rule."""
        figures = self._figures_of(received.rule)
        if figures is None:
            return AlertFault.NO_RULE
        try:
            alert = alert_in(received.body, figures=figures, key=received.headers.key)
        except Invalid as refused:
            self.tally.refuse(AlertFault.BODY)
            return _json(400, {"error": refused.message, "hint": refused.hint})
        key = received.headers.key
        source_id = f"key:{key}" if key else f"sha256:{sha256(received.message).hexdigest()}"
        heard = HeardAlert(rule=received.rule, source=WEBHOOK, source_id=source_id, at=received.at, alert=alert)
        answer = await self._answered.answer(heard, self._clock.monotonic())
        if answer is None:
            return AlertFault.BUSY
        self.tally.accept(answer.outcome)
        signal = answer.signal.hex if answer.signal else None
        if answer.outcome is AlertOutcome.HELD:
            return _json(200, {"signal": signal, "why": list(answer.reasons)})
        return _json(200, {"signal": signal, "why": []})


def _only(chosen: SignalsChoices) -> frozenset[str]:
    """The addresses that are listened to; empty for all, where only this machine can connect."""
    if ip_address(chosen.webhook_host).is_loopback:
        return frozenset()
    return frozenset({HERE, "::1", address_of(chosen.webhook_trusted_proxy)})


def _json(status: int, told: Mapping[str, Any]) -> web.Response:
    answer = web.json_response(told, status=status, headers={"Cache-Control": "no-store", "Server": "tastyflow"})
    answer.force_close()
    return answer
