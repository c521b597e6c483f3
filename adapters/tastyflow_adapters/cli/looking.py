"""
``tastyflow quote``, ``expirations`` and ``chain`` at work: the words are read by the language, and the desk looks.
"""

import click

from tastyflow.errors import NotUnderstood
from tastyflow_adapters.cli.asking import ask
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.looking_pages import looked_page
from tastyflow_adapters.cli.looking_shapes import looked_json
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.clock import clock_from
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.language import Grammar


def look(verb: str, words: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """
    Show what *words* name.

    Raises:
        TastyflowError: They name nothing, or it cannot be had.
    """
    settings, text = load(), readable(f"{verb} {words}".rstrip())
    command = Grammar().parse(text, as_of=clock_from(settings.now).now())
    if command.as_dict()["command"] != verb:
        raise NotUnderstood(
            f"That is not what '{verb}' looks at.", code="syntax", span=(0, len(text)), hint=f"See '{verb} --help'."
        )
    reply, _ = ask(settings, text, command, trader)
    if reply.looked is None:
        return ExitCode.FAILED
    if wants_json:
        click.echo(json_line(environment_json(settings) | looked_json(reply.looked) | {"error": None}))
    else:
        SafeConsole().show(looked_page(reply.looked, Place.about(reply, settings).words))
    return ExitCode.DONE
