"""What a trader can be called, and which names people would take for one another."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.trader.names import looks, require_name
from tastyflow.errors import Invalid

GOOD = [
    "ann",
    "Ann",
    "ann-2",
    "ann_2",
    "o'neil",
    "Zoë van der Berg",
    "Анна Ильина",
    "Αλέξης",
    "山田ひろみ",
    "김철수",
    "王小明",
    "नीता",
    "ทดสอบ",
    "123456789012345678",
    "alice@example.com",
    "x" * 64,
    "محمد",
    "דוד",
]

UNSEEN = [
    "ann\u200b",
    "a\u200dnn",
    "ann\ufe0f",
    "ann\u034f",
    "ann\u3164",
    "\u115fann",
    "ann\u2800",
    "ann\u00a0b",
    "ann ",
    " ann",
    "an  n",
    "ann\u202e",
    "\u2066ann",
    "ann\u00ad",
    "ann\u17b4",
    "ann\u180b",
    "\ufeffann",
    "ann\u0308\u0323x\u20dd",
]

ODD = [
    "\uff41nn",
    "\u212aarl",
    "Zoe\u0308",
    "\U0001d41ann",
    "ann\u2460",
    "ann\U0001f600",
    "ann\u0661",
    "\u24d0nn",
    "ann\u2019s",
]

MIXED = ["\u0430nn", "ann\u03b1", "ann\u0585", "\u13aann", "ann山", "анna", "ann\u05d0", "ひろみ철수", "ann\u02b0"]

ALIKE = [
    ("ann", "Ann"),
    ("ann", "ANN"),
    ("Zoe", "Zoë"),
    ("pay", "\u0440\u0430\u0443"),
    ("COPA", "\u0421\u041e\u0420\u0410"),
    ("ANNA", "\u0391\u039d\u039d\u0391"),
    ("bob", "b0b"),
    ("bill", "bi11"),
    ("bill", "biIl"),
    ("Ian", "lan"),
    ("bamey", "barney"),
    ("ann-2", "ann\u20102"),
    ("ope", "\u043e\u0440\u0435"),
    ("oxo", "\u03bf\u03c7\u03bf"),
    ("walter", "vvalter"),
    ("Scope", "\u0405\u0441\u043e\u0440\u0435"),
]

DIFFERENT = [
    ("ann", "anne"),
    ("ann", "ann-2"),
    ("ann-1", "ann-2"),
    ("Анна", "anna"),
    ("bob", "rob"),
    ("trader1", "trader2"),
]


@pytest.mark.parametrize("name", GOOD)
def test_people_are_called_as_they_are_called(name: str) -> None:
    require_name(name)


@pytest.mark.parametrize("name", [*UNSEEN, *ODD, *MIXED, "", " ", "x" * 65, "a\nb"], ids=ascii)
def test_a_name_that_is_not_what_it_looks_like_is_none(name: str) -> None:
    with pytest.raises(Invalid) as no:
        require_name(name)
    assert no.value.code == "bad_name"
    assert no.value.message.isprintable()


@given(st.text(st.characters(), min_size=1, max_size=20))
def test_whatever_is_a_name_shows_every_character_of_it(name: str) -> None:
    try:
        require_name(name)
    except Invalid:
        return
    assert all(
        unicodedata.category(each) not in ("Cf", "Cc", "Cn", "Co", "Cs", "Zl", "Zp", "So") or each.isascii()
        for each in name
    )
    assert unicodedata.normalize("NFKC", name) == name == name.strip()


@pytest.mark.parametrize(("one", "other"), ALIKE, ids=ascii)
def test_names_that_people_would_take_for_one_another_look_alike(one: str, other: str) -> None:
    assert looks(one) & looks(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=ascii)
def test_names_that_can_be_told_apart_do_not(one: str, other: str) -> None:
    assert not looks(one) & looks(other)


@given(st.text(max_size=30))
def test_a_name_looks_like_itself_in_any_case(name: str) -> None:
    assert looks(name) & looks(name.upper())
    assert looks(name) & looks(name.lower())
