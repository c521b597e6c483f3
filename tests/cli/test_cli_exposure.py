"""What others could change is not trusted where orders become real; elsewhere it is a warning."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.choices import Environment
from tastyflow_adapters.config.settings import Settings
from tastyflow_adapters.exposure import exposed, require_unexposed
from tastyflow_adapters.home import make_home

pytestmark = pytest.mark.skipif(os.name != "posix", reason="who may write a file is not in its mode there")

TRUSTED = [
    "", "config.toml", "secrets.toml", "traders.db", "traders.db-wal", "production", "production/log.db",
    "production/log.db-wal", "production/log.db-shm", "production/venues.json", "signals", "signals/gex.toml",
]  # fmt: skip
ANOTHER = 65534


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home in production in which everything is the owner's alone."""
    chosen = Settings(home=tmp_path / "above" / "home", env=Environment.PRODUCTION)
    make_home(chosen)
    chosen.signal_rules.mkdir(mode=0o700)
    for name in TRUSTED:
        path = chosen.home / name
        if "." in name:
            path.touch(mode=0o600)
    return chosen


def of(settings: Settings, env: Environment, *, simulated: bool = False) -> Settings:
    return settings.model_copy(update={"env": env, "simulated": simulated})


def test_a_home_that_is_the_owners_alone_is_trusted(settings: Settings) -> None:
    assert exposed(settings) == ()
    require_unexposed(settings)


@pytest.mark.parametrize("mode", [0o002, 0o020, 0o022, 0o666, 0o777], ids=oct)
@pytest.mark.parametrize("name", TRUSTED)
def test_what_others_may_write_is_refused_in_production(settings: Settings, name: str, mode: int) -> None:
    path = settings.home / name
    path.chmod(path.stat().st_mode | mode)
    with pytest.raises(Misconfigured) as refused:
        require_unexposed(settings)
    assert refused.value.code == "exposed"
    assert str(path) in refused.value.message
    assert f"chmod go-w {path}" in refused.value.hint


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o700, 0o755], ids=oct)
@pytest.mark.parametrize("name", TRUSTED)
def test_what_others_may_only_read_is_not(settings: Settings, name: str, mode: int) -> None:
    (settings.home / name).chmod(mode | 0o100 if not name.count(".") else mode)
    require_unexposed(settings)


@pytest.mark.parametrize("name", TRUSTED)
def test_what_another_user_owns_is_refused_in_production(
    settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.geteuid()
    if owner == 0:  # only root gives files away; others look at their own as if they were another user
        owner = ANOTHER
        os.chown(settings.home / name, ANOTHER, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(Misconfigured) as refused:
        require_unexposed(settings)
    assert f"uid {owner}" in refused.value.message


def test_a_folder_above_that_others_may_write_lets_them_exchange_the_home(settings: Settings) -> None:
    settings.home.parent.chmod(0o777)
    with pytest.raises(Misconfigured):
        require_unexposed(settings)
    settings.home.parent.chmod(0o1777)  # sticky, as /tmp: others cannot rename what is not theirs
    require_unexposed(settings)


@pytest.mark.parametrize("mend", [lambda path: path.chmod(0o602), lambda path: path.parent.chmod(0o777)])
def test_a_linked_log_is_held_to_where_it_leads(
    settings: Settings, tmp_path: Path, mend: Callable[[Path], None]
) -> None:
    elsewhere = tmp_path / "elsewhere" / "log.db"
    elsewhere.parent.mkdir(mode=0o700)
    elsewhere.touch(mode=0o600)
    settings.log.path.unlink()
    settings.log.path.symlink_to(elsewhere)
    require_unexposed(settings)
    mend(elsewhere)
    with pytest.raises(Misconfigured, match="elsewhere"):
        require_unexposed(settings)


@pytest.mark.parametrize(
    ("env", "simulated"), [(Environment.FAKE, False), (Environment.SANDBOX, False), (Environment.PRODUCTION, True)]
)
def test_where_nothing_can_be_lost_it_is_a_warning(
    settings: Settings, env: Environment, simulated: bool, caplog: pytest.LogCaptureFixture
) -> None:
    settings.home.chmod(0o777)
    make_home(of(settings, env, simulated=simulated))
    assert "can be written by others (mode 0777)" in caplog.text


def test_in_production_a_command_ends_with_the_command_that_mends_it(inside, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text('env = "production"')
    (home / "config.toml").chmod(0o666)
    ended = inside("trader", "list", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "exposed")
    assert f"chmod go-w {home / 'config.toml'}" in ended.json["error"]["hint"]
    assert not (home / "production" / "log.db").exists()
    assert "chmod go-w" in " ".join(inside("doctor", "--offline").out.replace("│", " ").split())
