"""Names stand apart from the events: hidden in what is appended, put back in what is read, forgotten when asked for."""

import json
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.names_apart import TOKEN, NameApart, token_of
from tastyflow_adapters.store.names import SENTENCES, WHO, Names
from tests.store.kit import AnyRecorder, by_hand, opened, stream

PERSON = st.one_of(
    st.sampled_from(["ann", "demo", "Zoë", 'o"neil', "a\\b", "spy", "~" + "0" * 32 + "~"]), st.text(min_size=1)
)
ACTOR = st.one_of(
    st.builds("trader:{} (3c8af101-1d1f-520d-ad44-a67b09e83b0e) via cli:{} as {}".format, PERSON, PERSON, PERSON),
    st.builds("operator:{}".format, PERSON),
    st.builds("stranger via discord:{}".format, PERSON),
    st.sampled_from(["desk", "policy", "venue:sandbox", "rule:flip"]),
    st.text(),
)
VALUE = st.one_of(PERSON, st.builds("{} may trade.".format, PERSON), st.integers(), st.none(), st.lists(PERSON))
KEYS = st.one_of(st.sampled_from([*WHO, *SENTENCES, "name", "text", "words"]), st.text())
STATE = st.builds(lambda actor, rest: {"actor": actor} | rest, ACTOR, st.dictionaries(KEYS, VALUE, max_size=6))
TOPIC = st.sampled_from(["tastyflow.order.drafted@1", "tastyflow.trader.registered@1", "happened@1"])


def stored(state: object) -> bytes:
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()


def drafted(actor: str = "trader:ann (3c8af101-1d1f-520d-ad44-a67b09e83b0e) via cli:annlee", **more: object) -> bytes:
    return stored({"at": "2026-11-20T15:00:00Z", "actor": actor} | more)


def said(recorder: AnyRecorder, version: int, state: bytes) -> None:
    recorder.append([StoredEvent(stream("a"), version, "tastyflow.order.drafted@1", state)]).result()


@given(topic=TOPIC, state=STATE)
def test_what_is_read_is_what_was_appended_to_the_byte(topic: str, state: object) -> None:
    names = Names(lambda _: ())
    hidden, used = names.hidden(topic, stored(state))
    assert names.shown(hidden) == stored(state)
    assert all(each.is_true for each in used)
    json.loads(hidden)


@given(state=st.binary())
def test_bytes_that_are_no_event_of_ours_come_back_too(state: bytes) -> None:
    names = Names(lambda _: ())
    assert names.shown(names.hidden("happened@1", state)[0]) == state


@given(name=st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1), field=st.sampled_from(WHO))
def test_no_name_stays_where_the_log_says_who(name: str, field: str) -> None:
    state = drafted(f"trader:{name} (3c8af101-1d1f-520d-ad44-a67b09e83b0e) via discord:12 as {name}", **{field: name})
    hidden, _ = Names(lambda _: ()).hidden("tastyflow.order.drafted@1", state)
    assert name not in json.loads(hidden)["actor"].replace("trader:", "").replace(" via discord:", "").split(" as ")
    assert TOKEN.fullmatch(json.loads(hidden)[field].encode())


def test_typed_words_stay_and_sentences_about_the_one_who_did_it_do_not(log: AnyRecorder) -> None:
    said(log, 1, drafted(text="ann buys 1 SPY", checks=["ann may trade.", "annual report"], message="ann's limit"))
    (row,) = log.chained_rows(after=0, limit=1)
    kept = json.loads(row[4])
    assert kept["text"] == "ann buys 1 SPY"
    assert kept["checks"][1] == "annual report"
    assert "ann" not in [*kept["checks"][0].split(), kept["message"]]
    assert log.shown(row[4]) == log.read(stream("a"))[0].state == log.rows(after=0, limit=1)[0].state


def test_a_text_that_looks_like_a_token_is_not_taken_for_a_name(log: AnyRecorder) -> None:
    said(log, 1, drafted())
    token = TOKEN.search(log.chained_rows(after=0, limit=1)[0][4]).group().decode()
    said(log, 2, drafted("desk", text=f"buy {token}"))
    assert json.loads(log.read(stream("a"))[1].state)["text"] == f"buy {token}"


def test_a_forgotten_name_is_shown_nowhere_and_no_event_changes(log: AnyRecorder) -> None:
    said(log, 1, drafted(approved_by="ann", message="ann may trade."))
    said(log, 2, drafted("operator:bob"))
    before = log.chained_rows(after=0, limit=9)
    log.append(
        [StoredEvent(stream("b"), 1, "tastyflow.trader.forgotten@1", drafted("operator:bob"))], forget=["ann", "annlee"]
    ).result()
    first, second = log.read(stream("a"))
    assert b"ann" not in first.state
    shown = json.loads(first.state)
    assert shown["approved_by"].startswith("forgotten-")
    assert shown["actor"].startswith(f"trader:{shown['approved_by']} (")  # the person is still one person
    assert json.loads(second.state)["actor"] == "operator:bob"
    assert log.chained_rows(after=0, limit=2) == before
    said(log, 3, drafted("operator:annlee"))  # the user acts again: what was forgotten stays so
    assert b"annlee" in log.read(stream("a"))[2].state
    assert log.read(stream("a"))[0].state == first.state


def test_two_tokens_of_one_name_are_forgotten_as_one_person(path: Path) -> None:
    with opened(path) as one, opened(path) as other:
        said(one, 1, drafted("operator:ann"))
        other._names.ask_again()
        other._names._by_name = {}  # it has not seen the name of the other process
        said(other, 2, drafted("operator:ann"))
        assert len({each.token for each in one.names_apart()}) == 2
        one.append([], forget=["ann"]).result()
        first, second = (json.loads(each.state)["actor"] for each in one.read(stream("a")))
        assert first == second != "operator:ann"


def test_another_process_learns_of_it_when_it_reads_on(path: Path) -> None:
    with opened(path) as one, opened(path) as other:
        said(one, 1, drafted("operator:ann"))
        assert b"ann" in other.rows(after=0, limit=9)[0].state
        said_so = StoredEvent(stream("b"), 1, "tastyflow.trader.forgotten@1", drafted("operator:bob"))
        one.append([said_so], forget=["ann"]).result()
        other.rows(after=1, limit=9)
        assert b"ann" not in other.rows(after=0, limit=1)[0].state
        said(other, 2, drafted("operator:ann"))  # and what it kept of the name is of no use to it
        assert b"operator:ann" in other.read(stream("a"))[1].state


def test_no_byte_of_the_files_holds_a_forgotten_name(path: Path) -> None:
    with opened(path) as recorder:
        said(recorder, 1, drafted("operator:Persephone"))
        snapshot = StoredEvent(stream("a"), 1, "state", b"Persephone")
        recorder.append([StoredEvent(stream("c"), 1, "happened@1", b"{}")], snapshots=[snapshot]).result()
        recorder.append([], forget=["Persephone"]).result()
        files = [each for each in path.parent.iterdir() if each.is_file()]
        assert not [each for each in files if b"Persephone" in each.read_bytes()]


def test_a_name_that_was_exchanged_does_not_fit_its_token(path: Path) -> None:
    with opened(path) as recorder:
        said(recorder, 1, drafted("operator:ann"))
    with by_hand(path) as hand:
        with pytest.raises(Exception, match="forgotten, or stays"):
            hand.execute("UPDATE names SET name = 'bob'")
        hand.execute("DROP TRIGGER names_are_only_forgotten")
        hand.execute("UPDATE names SET name = 'bob'")
    with opened(path, read_only=True) as recorder:
        (apart,) = recorder.names_apart()
        assert (apart.name, apart.is_true) == ("bob", False)


def test_a_log_without_names_reads_as_before(path: Path) -> None:
    state = drafted("operator:ann", text="~" + "a" * 32 + "~")
    with opened(path) as recorder:
        said(recorder, 1, drafted("desk"))
    with by_hand(path) as hand:  # as an older version wrote it
        for name in ("names_are_only_forgotten", "names_are_never_deleted"):
            hand.execute(f"DROP TRIGGER {name}")
        hand.execute("DROP TABLE names")
        row = (stream("b").hex, 1, "tastyflow.order.drafted@1", state)
        hand.execute(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)", row
        )
    with opened(path, read_only=True) as recorder:
        assert recorder.read(stream("b"))[0].state == state
        assert recorder.names_apart() == []


@given(name=st.text(), salt=st.binary(min_size=16, max_size=16), other=st.text())
def test_a_token_is_of_one_name(name: str, salt: bytes, other: str) -> None:
    apart = NameApart.of(name, salt)
    assert apart.is_true
    assert (token_of(other, salt) == apart.token) == (other == name)
    assert apart.shown == name
