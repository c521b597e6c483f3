"""The verdict of a rehearsal in one line: what happened, and not each check that did not."""

from types import SimpleNamespace

from tastyflow.application.telling.wording import rehearsal_words


def words(*reasons: str) -> str:
    return rehearsal_words(SimpleNamespace(verdict="inconclusive", checks=(), planned=("a", "b", "c"), reasons=reasons))


def test_what_kept_the_checks_from_running_is_said_once_and_alone():
    said = words("echo: never looked at", "tidy: never looked at", "dry_run: the venue answered 503.")
    assert said == "rehearsal inconclusive: 0 of 3 checks passed; dry_run: the venue answered 503."


def test_where_nothing_else_is_known_each_check_that_was_not_looked_at_is_named():
    assert words("echo: never looked at", "tidy: never looked at").endswith(
        "echo: never looked at; tidy: never looked at"
    )
