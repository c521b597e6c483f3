"""The table [gex]: what is understood, and what is refused in one message."""

import pytest

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.gex_choices import GexChoices, days_in_words, days_of
from tastyflow_adapters.config.settings import load


@pytest.fixture
def read(environment, monkeypatch, home):
    def reading(lines):
        home.mkdir(exist_ok=True)
        (home / "config.toml").write_text("[gex]\n" + lines)
        monkeypatch.setenv("TASTYFLOW_HOME", str(home))
        return load().gex

    return reading


def test_what_is_written_is_what_is_chosen(read):
    assert read("sign_model = 'gross'\ndte = '0-7'\nrange_percent = 10\nstep_percent = 0.5\n") == GexChoices(
        sign_model="gross", dte=(0, 7), range_percent=10.0, step_percent=0.5
    )
    assert read("dte = 0").dte == (0, 0)
    assert read("dte = 'all'").dte is None
    assert read("") == GexChoices()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("sign_model = 'spotgamma'", "gex.sign_model"),
        ("dte = '45-0'", "days to expiration are written as 0, 0-45 or all"),
        ("dte = -1", "gex.dte is "),
        ("dte = true", "gex.dte is "),
        ("range_percent = 0", "gex.range_percent"),
        ("range_percent = inf", "gex.range_percent"),
        ("step_percent = 0", "gex.step_percent"),
        ("step_percent = 5\nrange_percent = 2", "gex.step_percent is longer than gex.range_percent"),
        ("step_percent = 0.001", "is more than 2,000 spots"),
        ("signmodel = 'naive'", "there is no setting 'gex.signmodel'. Did you mean gex.sign_model?"),
    ],
)
def test_what_cannot_be_is_one_message_that_names_the_key(read, lines, said):
    with pytest.raises(Misconfigured) as refused:
        read(lines)
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["0", "0-45", "7-30", "all"])
def test_days_are_read_as_they_are_written(text):
    assert days_in_words(days_of(text)) == text
