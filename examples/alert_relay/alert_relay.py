"""
A relay for charting services that cannot sign: it takes their alert at a secret path, signs it, and hands it on.

    TradingView ─ https ─▶ a proxy with TLS ─▶ this, on 127.0.0.1 ─ signed ─▶ tastyflow, on 127.0.0.1

    RELAY_PATH=$(openssl rand -hex 24) RELAY_SECRET_FILE=chart-alert.secret python alert_relay.py

It needs Python and nothing else. What it takes is one JSON object:
{"rule": "chart-alert", "key": "SPY-2026-11-30T15:05:00Z", "reason": "breakout", "figures": {"level": 612.5}}
"""

import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

PATH = "/" + os.environ["RELAY_PATH"]
SECRET = Path(os.environ["RELAY_SECRET_FILE"]).read_text("ascii").strip().encode()
PORT = int(os.environ.get("RELAY_PORT", "8790"))
TASTYFLOW = os.environ.get("RELAY_TO", "http://127.0.0.1:8791")
LONGEST = 8_000


def signed(rule: str, key: str, body: bytes) -> Request:
    """The request that hands the alert on."""
    timestamp = f"{int(time.time()):010d}"
    message = b"\n".join((b"v1", timestamp.encode(), rule.encode(), key.encode(), body))
    headers = {
        "Content-Type": "application/json",
        "Tastyflow-Timestamp": timestamp,
        "Tastyflow-Signature": hmac.new(SECRET, message, "sha256").hexdigest(),
        **({"Idempotency-Key": key} if key else {}),
    }
    return Request(f"{TASTYFLOW}/signals/{rule}", body, headers, method="POST")  # noqa: S310  an address of our own


class Relay(BaseHTTPRequestHandler):
    timeout = 5

    def do_POST(self) -> None:
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            length = 0
        if not hmac.compare_digest(self.path.encode(), PATH.encode()) or not 0 < length <= LONGEST:
            return self.answer(404)
        try:
            told = json.loads(self.rfile.read(length))
            body = json.dumps({"reason": str(told.get("reason", "")), "figures": told["figures"]}).encode()
            request = signed(str(told["rule"]), str(told.get("key", "")), body)
            with urlopen(request, timeout=15) as heard:  # noqa: S310
                return self.answer(heard.status)
        except HTTPError as refused:
            return self.answer(refused.code)
        except (ValueError, KeyError, AttributeError):
            return self.answer(400)
        except URLError:
            return self.answer(503)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The path is a secret: it stands in no log."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Relay).serve_forever()
