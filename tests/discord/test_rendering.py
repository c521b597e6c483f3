"""Whatever a page holds, Discord accepts it: the limits stand here as Discord says them."""

import asyncio
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow_adapters.discord.colours import colour_of
from tastyflow_adapters.discord.component_ids import component_id, read_component_id
from tastyflow_adapters.discord.drawing import modal, to_edit, to_send
from tastyflow_adapters.discord.page import (
    Act,
    Button,
    ChatPage,
    Choice,
    Emphasis,
    Form,
    FormField,
    Menu,
    Row,
    TextFile,
    Tone,
)
from tastyflow_adapters.discord.rendering import render, render_form

HOSTILE = (
    "@everyone <@42> [pay here](https://evil.example) ```\x1b[31m``` **b** ||s|| \u202e450C\u202c "
    "Z\u0337\u0321\u0302\u0317\u0330\u0308\u0301a\u0301\u0301\u0301 "
    "\u200bhid\u2060den \x00 discord.gg/x # > - "
)
HUGE = HOSTILE * 8
TEXTS = st.sampled_from(["", " ", "\n", HOSTILE, HUGE, "🟪" * 3000, "x" * 6000, "\\" * 999]) | st.text(max_size=40)
PLACES = st.sampled_from(["", "FAKE", "SANDBOX", "PRODUCTION", "PRODUCTION (simulator), account ira", HUGE])
ABOUTS = st.text("0123456789abcdef-", max_size=80)
PAGES = st.builds(
    ChatPage,
    title=TEXTS,
    place=PLACES,
    lines=st.lists(TEXTS, max_size=30).map(tuple),
    rows=st.lists(st.builds(Row, TEXTS, st.lists(TEXTS, max_size=8).map(tuple), st.booleans()), max_size=40).map(tuple),
    table=st.sampled_from(["", "a  b\n1  2", HUGE, "```\n```", "\n".join("x" * 38 for _ in range(30)), "x\n" * 500]),
    footer=TEXTS,
    tone=st.sampled_from(Tone),
    buttons=st.lists(
        st.builds(Button, TEXTS, st.sampled_from(Act), ABOUTS, st.sampled_from(Emphasis), st.booleans()), max_size=40
    ).map(tuple),
    menu=st.none()
    | st.builds(
        Menu,
        TEXTS,
        st.sampled_from(Act),
        ABOUTS,
        st.lists(st.builds(Choice, TEXTS, TEXTS, TEXTS), max_size=40).map(tuple),
    ),
    files=st.lists(st.builds(TextFile, TEXTS, TEXTS), max_size=14).map(tuple),
    is_private=st.booleans(),
)


def units(text: str | None) -> int:
    return len((text or "").encode("utf-16-le")) // 2


def drawn(page: ChatPage) -> dict[str, Any]:
    async def draw() -> dict[str, Any]:
        return to_send(render(page))

    return asyncio.run(draw())


def texts_of(sent: dict[str, Any]) -> list[str]:
    """Every text in which Discord reads markup."""
    found = [sent.get("content", "")]
    if (embed := sent.get("embed")) is not None:
        found += [embed.title or "", embed.description or ""]
        found += [each for field in embed.fields for each in (field.name, field.value)]
    return found


def assert_within_limits(sent: dict[str, Any]) -> None:
    assert sent.get("content") or sent.get("embed") or sent.get("files"), "an empty message is refused"
    assert units(sent.get("content")) <= 2000
    if (embed := sent.get("embed")) is not None:
        made = embed.to_dict()
        fields = made.get("fields", [])
        assert made.get("title") or made.get("description") or fields or made.get("author")
        assert units(made.get("title")) <= 256
        assert units(made.get("description")) <= 4096
        assert units(made.get("footer", {}).get("text")) <= 2048
        assert units(made.get("author", {}).get("name")) <= 256
        assert len(fields) <= 25
        for each in fields:
            assert 1 <= units(each["name"]) <= 256
            assert 1 <= units(each["value"]) <= 1024
            assert each["value"].strip()
        total = sum(units(text) for text in (made.get("title"), made.get("description")))
        total += units(made.get("footer", {}).get("text")) + units(made.get("author", {}).get("name"))
        assert total + sum(units(each["name"]) + units(each["value"]) for each in fields) <= 6000
    if (view := sent.get("view")) is not None:
        rows = view.to_components()
        assert 1 <= len(rows) <= 5
        ids = [each["custom_id"] for row in rows for each in row["components"]]
        assert len(ids) == len(set(ids)), "Discord refuses the same id twice"
        assert all(1 <= len(each) <= 100 for each in ids)
        for row in rows:
            assert 1 <= len(row["components"]) <= 5
            for each in row["components"]:
                if each["type"] == 2:
                    assert 1 <= units(each["label"]) <= 80
                else:
                    assert len(row["components"]) == 1
                    assert units(each.get("placeholder")) <= 150
                    assert 1 <= len(each["options"]) <= 25
                    for option in each["options"]:
                        assert 1 <= units(option["label"]) <= 100
                        assert 1 <= units(option["value"]) <= 100
                        assert units(option.get("description")) <= 100
                    values = [option["value"] for option in each["options"]]
                    assert len(values) == len(set(values))
    assert len(sent.get("files", ())) <= 10
    for file in sent.get("files", ()):
        assert file.filename
        assert "/" not in file.filename


def assert_sent_within_limits(content: dict[str, Any]) -> None:
    """The same of what went over the wire, and that nothing of it mentions, links or hides."""
    assert content["allowed_mentions"]["parse"] == []
    assert not content["allowed_mentions"].get("users")
    assert units(content.get("content")) <= 2000
    texts = [content.get("content") or ""]
    for embed in content.get("embeds") or ():
        texts += [embed.get("title") or "", embed.get("description") or ""]
        texts += [each[name] for each in embed.get("fields") or () for name in ("name", "value")]
    for text in texts:
        assert units(text) <= 4096
        assert_is_only_text(text)


def assert_is_only_text(text: str) -> None:
    outside = "".join(text.split("```")[::2])  # what stands in a code block of ours is no markup
    assert "@everyone" not in text
    assert "<@" not in outside.replace("\\<@", "")
    assert "](" not in outside.replace("\\](", "")
    assert "://" not in text
    assert not {"\u202e", "\u202c", "\x1b", "\x00", "\u2060"} & set(text)


@settings(max_examples=50)
@given(PAGES)
def test_any_page_is_within_the_limits_and_mentions_links_and_hides_nothing(page):
    sent = drawn(page)
    assert_within_limits(sent)
    for text in texts_of(sent):
        assert_is_only_text(text)
    made = render(page)
    if "Shortened:" in made.content + (made.card.footer if made.card else ""):
        assert any(each.name.endswith("-whole.txt") for each in made.files[:2])


def test_hostile_text_is_only_text_wherever_it_stands():
    bad = "@everyone \u202e004\u2060 https://evil.example \x1b[31m discord.gg/x"
    row, choice = Row(bad, (bad,)), Choice(bad, "v", bad)
    page = ChatPage(
        title=bad, place=bad, lines=(bad,), rows=(row,), table=bad, footer=bad,
        buttons=(Button(bad, Act.WHY, "1"),), menu=Menu(bad, Act.STATUS, "", (choice,)),
        files=(TextFile("a.txt", bad),),
    )  # fmt: skip
    made = render(page)
    assert made.card is not None
    assert made.menu is not None
    form = render_form(Form(bad, Act.CHANGE, "1", (FormField("text", bad, placeholder=bad),)))
    for text in (
        made.card.title, made.card.place, made.card.description, made.card.footer,
        *(each for field in made.card.fields for each in (field.name, field.value)),
        *(each.label for buttons in made.buttons for each in buttons),
        made.menu.placeholder, made.menu.choices[0].label, made.menu.choices[0].description,
        form.title, form.fields[0].label, form.fields[0].placeholder,
    ):  # fmt: skip
        assert text
        assert_is_only_text(text)
        assert "discord.gg" not in text
    for file in made.files:
        assert not {"\u202e", "\x1b", "\u2060"} & set(file.text)


def test_a_page_of_everything_is_drawn_as_it_is_meant():
    page = ChatPage(
        title="order 3f2a11",
        place="PRODUCTION, account ira",
        lines=("Nothing was sent yet.", "5 * 3 = 15"),
        rows=(
            Row("order", ("buy to open 10 SPY 450 call · none held", "   Fri Dec 18 2026, 28 days")),
            Row("risk", ("maximum loss $8,010.00",), is_strong=True),
        ),
        footer="It waits until 16:00:30, 30 seconds.",
        tone=Tone.ASKING,
        buttons=(
            Button("Confirm", Act.CONFIRM, "3f2a11", Emphasis.GOOD),
            Button("Change", Act.CHANGE, "3f2a11"),
            Button("Dismiss", Act.DISMISS, "3f2a11", is_enabled=False),
        ),
    )
    sent = drawn(page)
    assert sent["embed"].to_dict() == {
        "flags": 0,
        "type": "rich",
        "color": colour_of(Tone.ASKING, "PRODUCTION"),
        "title": "order 3f2a11",
        "author": {"name": "🟪 PRODUCTION, account ira"},
        "description": "Nothing was sent yet.\n5 \\* 3 = 15",
        "footer": {"text": "It waits until 16:00:30, 30 seconds."},
        "fields": [
            {
                "name": "order",
                "value": "buy to open 10 SPY 450 call · none held\n\u2003Fri Dec 18 2026, 28 days",
                "inline": False,
            },
            {"name": "risk", "value": "**maximum loss $8,010.00**", "inline": False},
        ],
    }
    assert [
        (each["label"], each["style"], each["custom_id"], each["disabled"])
        for row in sent["view"].to_components()
        for each in row["components"]
    ] == [
        ("Confirm", 3, "tf:1:c:3f2a11", False),
        ("Change", 2, "tf:1:e:3f2a11", False),
        ("Dismiss", 2, "tf:1:x:3f2a11", True),
    ]


def test_hostile_text_of_a_user_is_shown_like_this():
    sent = drawn(ChatPage(lines=(HOSTILE,)))
    assert sent["suppress_embeds"]
    assert sent["content"] == (
        "@\u200beveryone \\<@42> \\[pay here\\](https:\u200b//evil.example) "
        "\\`\\`\\`\\[31m\\`\\`\\` \\*\\*b\\*\\* \\|\\|s\\|\\| 450C "
        "Z\u0337\u0321a\u0301\u0301 hidden  discord.\u200bgg/x # > -"
    )


def test_plain_lines_are_plain_text_and_replace_a_card():
    async def edited() -> dict[str, Any]:
        return to_edit(render(ChatPage(lines=("Submitting …",))))

    assert asyncio.run(edited()) == {"content": "Submitting …", "embeds": [], "view": None, "attachments": []}


def test_a_wide_table_comes_as_a_file_and_a_narrow_one_in_the_message():
    narrow = render(ChatPage(title="orders", table="a  b\n1  2"))
    assert narrow.card is not None
    assert narrow.card.description == "```\na  b\n1  2\n```"
    assert not narrow.files
    wide = render(ChatPage(title="orders", table="x" * 80 + "\n" + "y" * 80))
    assert [each.name for each in wide.files] == ["orders.txt"]
    assert wide.files[0].text == "x" * 80 + "\n" + "y" * 80 + "\n"


def test_a_page_that_was_cut_says_so():
    made = render(ChatPage(title="story", rows=tuple(Row(f"event {n}", ("what happened",)) for n in range(60))))
    assert made.card is not None
    assert made.card.footer == "Shortened: the whole text is in the file."
    assert len(made.card.fields) == 25
    assert "event 59" in made.files[0].text
    plain = render(ChatPage(lines=("x" * 3000,)))
    assert plain.content.endswith("…\nShortened: the whole text is in the file.")
    assert "x" * 3000 in plain.files[0].text


def test_the_largest_page_is_within_the_6000_characters_of_a_card():
    rows = tuple(Row("x" * 300, ("y" * 1000,)) for _ in range(25))
    sent = drawn(ChatPage(title="t" * 300, place="PRODUCTION", lines=("z" * 5000,), rows=rows, footer="f" * 3000))
    assert_within_limits(sent)
    assert len(sent["embed"]) > 5000, "as much as fits is shown"
    assert sent["files"][0].filename.endswith("-whole.txt")


def test_the_environments_differ_at_a_glance_in_every_tone():
    for tone in Tone:
        production = colour_of(tone, "PRODUCTION, account ira")
        assert production not in {colour_of(tone, place) for place in ("FAKE", "SANDBOX", "PRODUCTION (simulator)", "")}
    made = render(ChatPage(title="order", place="PRODUCTION"))
    assert made.card is not None
    assert "PRODUCTION" in made.card.place


@given(st.sampled_from(Act), ABOUTS)
def test_the_id_of_a_button_is_read_back(act, about):
    assert read_component_id(component_id(act, about)) == (act, about)


@pytest.mark.parametrize(
    "text", ["", "tf:1", "tf:1:", "tf:2:c:1", "tf:1:zz:1", "tf:1:c:1:2", "tf:1:c", "x:c:1", "tf:1:c:é"]
)
def test_the_id_of_something_else_is_none(text):
    assert read_component_id(text) is None


@pytest.mark.parametrize("about", ["a:b", "é", "x" * 95, "\n"])
def test_what_no_id_can_carry_is_a_mistake_of_ours(about):
    with pytest.raises(ValueError, match="no id"):
        component_id(Act.CONFIRM, about)


@given(
    st.builds(
        Form,
        TEXTS,
        st.sampled_from(Act),
        ABOUTS,
        st.lists(
            st.builds(FormField, st.just("text"), TEXTS, TEXTS, TEXTS, st.booleans(), st.integers(-5, 9000)),
            min_size=1,
            max_size=8,
        ).map(tuple),
    )
)
def test_any_form_is_within_the_limits_and_no_value_is_cut(form):
    made = render_form(form)
    for field, each in zip(form.fields, made.fields, strict=False):
        assert each.value in {field.value, ""}

    async def draw() -> dict[str, Any]:
        return modal(made).to_dict()

    sent = asyncio.run(draw())
    assert 1 <= units(sent["title"]) <= 45
    assert 1 <= len(sent["components"]) <= 5
    for row in sent["components"]:
        (entry,) = row["components"]
        assert 1 <= units(entry["label"]) <= 45
        assert units(entry.get("placeholder")) <= 100
        assert 1 <= entry["max_length"] <= 4000
        assert units(entry.get("value")) <= entry["max_length"]


def test_discord_py_keeps_no_view():
    async def finished() -> bool:
        view = to_send(render(ChatPage(lines=("x",), buttons=(Button("Why", Act.WHY, "1"),))))["view"]
        assert isinstance(view, discord.ui.View)
        return view.is_finished()

    assert asyncio.run(finished())
