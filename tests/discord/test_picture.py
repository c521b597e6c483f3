"""The picture of a channel shows what Discord would show, and nothing in a message is a tag of the page."""

from hypothesis import given
from hypothesis import strategies as st

from tests.discord.picture import marked_up, picture

ANN = {"id": "803511102246789120", "username": "ann"}


def test_an_escaped_mark_is_shown_and_a_bare_one_is_obeyed():
    assert marked_up(r"\*plain\* **bold** `a*b*`") == "*plain* <b>bold</b> <code>a*b*</code>"


def test_a_mention_that_is_not_defused_is_seen():
    assert marked_up("@everyone <@803511102246789120>").count('class="mention"') == 2
    assert "mention" not in marked_up("@\u200beveryone")


@given(st.text(alphabet="<>&\"'`*_~|[]()\\\x00#-@ abhtps:/19\n"))
def test_no_text_opens_a_tag(text):
    shown = marked_up(text)
    for known in ("b", "u", "s", "i", "mark", "code", "pre", "blockquote"):
        shown = shown.replace(f"<{known}>", "").replace(f"</{known}>", "")
    for known in ('<span class="mention">', '<span class="small">', "</span>", "</a>", '<a href="http'):
        shown = shown.replace(known, "")
    assert "<" not in shown


def test_a_private_message_says_so_and_its_buttons_are_there():
    buttons = [{"type": 1, "components": [{"type": 2, "style": 3, "label": "Confirm", "custom_id": "tf:1:c:d03b96"}]}]
    message = {"id": "1", "author": ANN, "content": "", "flags": 64, "components": buttons}
    page = picture("orders", "ann", [message])
    assert "Only you, ann, can see this" in page
    assert '<span class="button style3">Confirm</span>' in page
