"""The page of a check-up: what a person is to copy from it is whole."""

from io import StringIO

from tastyflow_adapters.checkup import ProbeOutcome, ProbeResult
from tastyflow_adapters.cli.checkup_page import page
from tastyflow_adapters.cli.safe_console import SafeConsole

ADDRESS = f"https://discord.com/oauth2/authorize?client_id={'7' * 19}&scope=bot+applications.commands&permissions=2748"


def test_an_address_is_never_cut_off():
    console = SafeConsole()
    console.width, console.file = 80, StringIO()
    console.show(page([ProbeResult("server", "", ProbeOutcome.FAIL, "not there", f"Invite it: {ADDRESS}")]))
    shown = console.file.getvalue()
    assert "…" not in shown
    assert ADDRESS in "".join(shown.split())
