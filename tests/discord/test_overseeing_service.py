"""What operators are told by a service that is really started, killed, started again and asked to stop."""

import pytest

from tests.discord.story import Town

pytestmark = pytest.mark.anyio


async def test_operators_are_told_once_of_what_happened_before_and_after_the_service_was_killed(tmp_path):
    async with Town(tmp_path) as town:
        hal = await town.settle("hal", "halt", "administer")

        def titles() -> list[str]:
            return [each.embeds[0]["title"] for each in town.double.seen_by(hal.user, town.operators)]

        service = await town.runs()
        await town.double.see(hal.user, town.operators, "The service works", "PRODUCTION (simulator)")
        await town.type("halt", "--as", "hal", "--reason", "fat finger @everyone")
        halted = await town.double.see(hal.user, town.operators, "Trading is halted", "By hal", "fat finger")
        assert "@everyone" not in halted.text
        await service.kill()
        await town.type("resume", "--as", "hal", "--reason", "it was nothing")
        service = await town.runs()
        await town.double.see(hal.user, town.operators, "Trading runs", "it was nothing")
        await town.double.wait(lambda: titles().count("The service works") == 2, what="it works again")
        service.terminate()
        assert await service.ended() == 0
        assert [each for each in titles() if "service" not in each] == ["Trading is halted", "Trading runs"]
        assert titles()[-1] == "The service is stopping"
        assert titles().count("The service is stopping") == 1
