"""An older log can hold a figure of a size that no venue has: it is shown, shortly, and ends nothing."""

from decimal import Decimal

import pytest

from tastyflow.domain.instruments import in_steps, plain, price_in_words


@pytest.mark.parametrize("figure", ["1e999999", "-1e999999", "1e-999999", "9.99e500", "1e41"])
def test_an_absurd_figure_is_written_with_its_exponent(figure: str) -> None:
    for written in (plain(Decimal(figure)), price_in_words(Decimal(figure))):
        assert len(written) < 20


@pytest.mark.parametrize("figure", ["1e15", "123456789012345.123456", "0.00001", "1e19"])
def test_a_large_price_keeps_its_digits(figure: str) -> None:
    assert "E" not in plain(in_steps(Decimal(figure)))
