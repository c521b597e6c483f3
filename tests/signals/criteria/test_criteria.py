"""A criterion of one's own gives alerts; whatever else it does ends it, is told, and holds up no one."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from criteria_kit import figures, install, running

from tastyflow_adapters.bootstrap import environment_of_criteria
from tastyflow_adapters.signals.criteria import running as at_work
from tastyflow_adapters.signals.criteria.faults import CriterionFailed, CriterionFault

pytestmark = pytest.mark.anyio

ROUND = """
    def own(looks):
        for look in looks:
            spot = look.figures.get("spot")
            if spot is not None and spot % 100 == 0:
                yield Alert("It is round.", {"number": spot / 100}, f"round-{spot:.0f}")
"""


async def failure(folder: Path, source: str, **chosen) -> CriterionFailed:
    """How a criterion of this source ends."""
    install(folder, source)
    async with asyncio.timeout(60), running(folder, **chosen) as criterion:
        criterion.look(figures(6000.0))
        with pytest.raises(CriterionFailed) as failed:
            async for _ in criterion.alerts():
                pass
    return failed.value


async def first(criterion):
    async with asyncio.timeout(60):
        return await anext(criterion.alerts())


async def test_it_gives_an_alert_with_the_figures_that_it_saw(tmp_path):
    install(tmp_path, ROUND)
    async with running(tmp_path) as criterion:
        criterion.look(figures(6000.0))
        heard, market = await first(criterion)
    assert (heard.rule, heard.source, heard.source_id) == ("rule", "own", "key:round-6000")
    assert dict(heard.alert.figures) == {"number": 60.0}
    assert heard.reasons == ("own says: It is round.",)
    assert market == figures(6000.0)


async def test_the_newest_look_wins(tmp_path):
    install(tmp_path, ROUND)
    async with running(tmp_path) as criterion:
        for spot in (5900.0, 6100.0, 6200.0):
            criterion.look(figures(spot))
        heard, _ = await first(criterion)
    assert heard.alert.key == "round-6200"


async def test_it_is_looked_at_each_second_without_market_data_too(tmp_path):
    install(
        tmp_path,
        "def own(looks):\n    for n, look in enumerate(looks):\n        if n == 2: yield Alert(look.figures.symbol)",
    )
    async with running(tmp_path) as criterion:
        heard, market = await first(criterion)
    assert (heard.alert.reason, heard.source_id, dict(market.values)) == ("SPX", "", {})
    assert heard.at == market.at


RAISED, RUBBISH = CriterionFault.RAISED, CriterionFault.RUBBISH
FLOODS, ENDED = CriterionFault.FLOODS, CriterionFault.ENDED
EACH_LOOK = "def own(looks):\n    for look in looks: yield {}"
AT_ONCE = "import os, sys\ndef own(looks):\n    {}\n    yield"
TO_EVERY_FILE = """
    import os
    def own(looks):
        for file in range(3, 9):
            try: os.write(file, {})
            except OSError: pass
        for look in looks: pass
        yield
"""
ENDS = {
    "it raises": (AT_ONCE.format("raise ValueError('no such file')"), RAISED, "ValueError: no such file"),
    "it raises later": (EACH_LOOK.format("1 / 0"), RAISED, "ZeroDivisionError"),
    "it cannot be imported": ("import not_there\ndef own(looks): yield", RAISED, "ModuleNotFoundError"),
    "it leads to nothing": ("own_ = 1", RAISED, "AttributeError"),
    "it is no function": ("own = 1", RAISED, "TypeError"),
    "it wants to exit": (AT_ONCE.format("sys.exit(3)"), RAISED, "SystemExit: 3"),
    "it ends itself": (AT_ONCE.format("os._exit(3)"), ENDED, "exit code 3"),
    "it crashes": (AT_ONCE.format("os.kill(os.getpid(), 11)"), ENDED, "signal 11"),
    "it comes to its end": ("def own(looks): return []", ENDED, "came to its end"),
    "it gives a word": (EACH_LOOK.format("'buy'"), RUBBISH, "but a str"),
    "it gives a price of the market": (EACH_LOOK.format("Alert('', {'spot': 1})"), RAISED, "spot is worked out"),
    "it gives no number": (EACH_LOOK.format("Alert('', {'number': float('nan')})"), RAISED, "no number"),
    "it gives more than its rule takes": (EACH_LOOK.format("Alert('', {'vix': 20})"), RUBBISH, "not bring: vix"),
    "it gives an alert without a look": ("def own(looks): yield Alert('')", RUBBISH, "without a look"),
    "it floods": ("def own(looks):\n    for look in looks:\n        while True: yield Alert('')", FLOODS, "30 alerts"),
    "it forges lines": (TO_EVERY_FILE.format(r"b'{\"alert\": 1}\n'"), RUBBISH, "no line of a criterion"),
    "it says a line without an end": (TO_EVERY_FILE.format("b'x' * 60_000"), RUBBISH, "too long"),
}


@pytest.mark.parametrize(("source", "fault", "said"), list(ENDS.values()), ids=list(ENDS))
async def test_whatever_it_does_wrong_is_named(tmp_path, source, fault, said):
    failed = await failure(tmp_path, source)
    assert failed.code == fault
    assert said in failed.message
    assert failed.message.startswith("The criterion own ")
    assert failed.hint


async def test_what_a_flood_left_in_the_pipe_does_not_hold_up_the_end(tmp_path):
    install(tmp_path, "def own(looks):\n    for look in looks:\n        while True: yield Alert('')")
    async with asyncio.timeout(60), running(tmp_path) as criterion:
        listening, _ = criterion._tasks
        await asyncio.sleep(0)
        listening.cancel()  # as if it came late: the pipe fills up, and nothing of it is read any more
        criterion.look(figures(6000.0))
        while not criterion._process.stdout._paused:
            criterion._is_ready = True
            await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
    assert criterion._process.returncode is not None
    assert asyncio.get_running_loop().time() - began < at_work.ENDED_WITHIN_S


HANGS = {
    "in a loop": "def own(looks):\n    for look in looks:\n        while True: pass\n    yield",
    "asleep": "import time\ndef own(looks):\n    for look in looks: yield time.sleep(600)",
    "before its first look": "import time\ndef own(looks): yield time.sleep(600)",
    "deaf to signals": """
        import signal, time
        def own(looks):
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
            yield time.sleep(600)
    """,
}


@pytest.mark.parametrize("source", list(HANGS.values()), ids=list(HANGS))
async def test_one_that_hangs_is_ended_and_holds_up_no_loop(tmp_path, source):
    turns = 0

    async def beat():
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    beating = asyncio.create_task(beat())
    failed = await failure(tmp_path, source, within_s=0.5)
    beating.cancel()
    assert failed.code == CriterionFault.HANGS
    assert turns > 20


async def test_one_that_is_never_loaded_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(at_work, "LOADED_WITHIN_S", 0.5)
    failed = await failure(tmp_path, "import time\ntime.sleep(600)\ndef own(looks): yield")
    assert (failed.code, "not loaded" in failed.message) == (CriterionFault.HANGS, True)


async def test_none_of_that_name_and_two_of_that_name_are_none(tmp_path):
    async with running(tmp_path, "absent") as criterion:
        with pytest.raises(CriterionFailed) as failed:
            await first(criterion)
    assert failed.value.code == CriterionFault.NOT_FOUND
    install(tmp_path, ROUND)
    install(tmp_path, ROUND, package="another")
    async with running(tmp_path) as criterion:
        with pytest.raises(CriterionFailed, match="two packages"):
            await first(criterion)


async def test_its_process_ends_with_the_service_and_takes_its_children_along(tmp_path):
    install(
        tmp_path,
        """
        import os, subprocess
        def own(looks):
            child = subprocess.Popen(["sleep", "600"])
            for look in looks:
                yield Alert("", {"number": child.pid})
        """,
    )
    async with running(tmp_path) as criterion:
        heard, _ = await first(criterion)
        process = criterion._process
    assert process.returncode == -signal.SIGKILL
    await gone(int(heard.alert.figures["number"]))


async def gone(pid: int) -> None:
    async with asyncio.timeout(20):
        while is_alive(pid):  # noqa: ASYNC110  it is another program's doing
            await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="/proc says which processes there are")
async def test_a_service_that_is_killed_leaves_no_criterion_behind(tmp_path):
    install(
        tmp_path, "import time\ndef own(looks):\n    print('x' * 100_000)\n    while True: time.sleep(1)\n    yield"
    )
    service = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from criteria_kit import running
async def main():
    async with running(Path({str(tmp_path)!r}), within_s=600) as criterion:
        while not criterion._is_ready or criterion._shown is None:
            await asyncio.sleep(0.02)
        print(criterion._process.pid, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", service], stdout=subprocess.PIPE, text=True) as started:  # noqa: ASYNC220
        pid = int(await asyncio.to_thread(started.stdout.readline))
        assert is_alive(pid)
        started.kill()
    await gone(pid)


async def test_it_prints_nowhere_and_reads_nothing(tmp_path, capfd):
    install(
        tmp_path,
        """
        import os, sys
        def own(looks):
            print("CANARY"); sys.stderr.write("CANARY"); os.system("echo CANARY")
            for look in looks:
                yield Alert(sys.stdin.read())
        """,
    )
    async with running(tmp_path) as criterion:
        heard, _ = await first(criterion)
    assert heard.alert.reason == ""
    assert "CANARY" not in "".join(capfd.readouterr())


async def test_what_it_raises_is_told_within_bounds_and_without_control_characters(tmp_path):
    failed = await failure(tmp_path, "def own(looks):\n    raise ValueError('\\x1b[2J' + 'y' * 100_000)\n    yield")
    assert "\x1b" not in failed.message
    assert len(failed.message) < 400


def test_its_environment_holds_nothing_of_the_service(monkeypatch):
    for name in (
        "TASTYFLOW_DISCORD__TOKEN",
        "tastyflow_home",
        "CREDENTIALS_DIRECTORY",
        "NOTIFY_SOCKET",
        "WATCHDOG_PID",
    ):
        monkeypatch.setenv(name, "CANARY")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment = environment_of_criteria()
    assert "CANARY" not in environment.values()
    assert environment["LANG"] == "C.UTF-8"


@pytest.mark.parametrize("is_session", [False, True])
async def test_one_that_forks_and_ends_leaves_no_child_in_its_group_and_holds_up_no_one(tmp_path, is_session):
    install(
        tmp_path,
        f"""
        import os, subprocess
        def own(looks):
            child = subprocess.Popen(["sleep", "60"], stdout=None, start_new_session={is_session})
            open({str(tmp_path / "child")!r}, "w").write(str(child.pid))
            for look in looks:
                os._exit(3)
            yield None
        """,
    )
    async with asyncio.timeout(50):
        async with running(tmp_path, within_s=2.0) as criterion:
            criterion.look(figures(6000.0))
            with pytest.raises(CriterionFailed):
                await first(criterion)
    child = int((tmp_path / "child").read_text())
    if is_session:
        os.kill(child, signal.SIGKILL)
    await gone(child)
