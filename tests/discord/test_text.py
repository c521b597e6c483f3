"""Text of users and brokers is text in Discord: no markup, no mention, no link, nothing that is not seen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow_adapters.discord.text import NO_WIDTH, bounded, clean, escaped, fenced, labelled, size, spaced

ANY = st.text(max_size=200)
SPICES = ["@everyone", "<@42>", "[a](https://b.c)", "```", "**", "||", "\\", "> ", "# ", "\u202e", "\n", "x", "é"]
SPICED = st.lists(st.sampled_from(SPICES) | st.text(max_size=5)).map("".join)
MARKUP = set("\\*_~|`<[]")


@given(SPICED | ANY)
def test_a_clean_line_holds_only_what_is_seen(text):
    line = clean(text)
    assert not {"\n", "\r", "\t", "\u2028", "\u2029"} & set(line)
    assert {unicodedata.category(each)[0] for each in line.replace("\ufffd", "")} <= set("LMNPSZ")
    assert clean(line) == line


@given(SPICED | ANY)
def test_every_character_of_markup_is_escaped(text):
    line = escaped(text)
    at = 0
    while at < len(line):
        if line[at] == "\\":
            assert at + 1 < len(line)
            at += 2
            continue
        assert line[at] not in MARKUP
        at += 1
    assert "@everyone" not in line
    assert "@here" not in line
    assert "://" not in line
    assert not line.lstrip().startswith((">", "#", "- ", "-#"))


@given(SPICED | ANY, st.integers(1, 50))
def test_what_was_cut_ends_with_an_ellipsis_and_no_half_of_an_escape(text, length):
    line = bounded(escaped(text), length)
    assert size(line) <= length
    if line != escaped(text):
        assert line.endswith("…")
        before = line[:-1]
        assert (len(before) - len(before.rstrip("\\"))) % 2 == 0


@given(SPICED | ANY)
def test_nothing_closes_a_code_block(text):
    assert "`" not in fenced(text)


def test_a_character_outside_the_first_plane_counts_as_two():
    assert size("🟪") == 2
    assert bounded("🟪🟪🟪", 4) == "🟪…"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("@everyone buy", f"@{NO_WIDTH}everyone buy"),
        ("@HERE", f"@{NO_WIDTH}HERE"),
        ("buy 1 SPY @ 1.25", "buy 1 SPY @ 1.25"),
        ("<@42> <#1> <@&7> <t:1:R>", r"\<@42> \<#1> \<@&7> \<t:1:R>"),
        ("[pay](https://evil.example)", rf"\[pay\](https:{NO_WIDTH}//evil.example)"),
        ("discord.gg/abc", f"discord.{NO_WIDTH}gg/abc"),
        ("discordapp.com/invite/abc", f"discordapp.{NO_WIDTH}com/invite/abc"),
        ("-# small", r"\-# small"),
        ("sell\u3164\u2800\u115f10", "sell   10"),  # letters that show nothing
        ("```rm```", r"\`\`\`rm\`\`\`"),
        ("||hidden|| ~~gone~~ __u__", r"\|\|hidden\|\| \~\~gone\~\~ \_\_u\_\_"),
        ("# head", r"\# head"),
        ("> quote", r"\> quote"),
        ("- list", r"\- list"),
        ("-10 SPY 450C", "-10 SPY 450C"),
        ("1. one", r"1\. one"),
        ("1.25 debit", "1.25 debit"),
        ("450\u202e004", "450004"),
        ("a\u200bb\u2066c\x00\x1b[31m", r"abc\[31m"),
        ("two\nlines\ttab", "two lines tab"),
        ("Z̷̡̢̛̗̰a", "Z̷̡a"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_hostile_text_is_shown_as_text(typed, shown):
    assert escaped(typed) == shown


def test_a_secret_that_was_typed_in_the_wrong_place_is_not_repeated():
    for secret in ("c0ffee0123456789abcdef", "eyJhbGciOiJIUzI1NiJ9.payload"):
        assert secret not in clean(f"buy 1 SPY {secret}")
        assert secret not in clean(f"buy 1 SPY {secret[:8]}\u200b{secret[8:]}")
        assert secret not in escaped(secret)
        assert secret not in labelled(secret)
        assert secret not in fenced(secret)


def test_columns_are_marked_where_letters_have_any_width():
    assert spaced("buy 1 SPY 450 call     7.96 bid") == "buy 1 SPY 450 call · 7.96 bid"
    assert spaced("   Fri Dec 18 2026") == "\u2003Fri Dec 18 2026"


def test_what_is_known_to_be_plain_is_what_looking_at_each_character_leaves():
    for each in (*map(chr, range(32, 127)), *"·…“”–✓✗→"):
        assert clean(f"a{each}b") == clean(f"a{each}b\u202e") == f"a{each}b"
