"""What a carrier calls us with: only what is genuine is taken in, and it may come twice."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from saas.core.errors import NotHere
from workflows.drivers.base import GreetedDriver, News, Reply
from workflows.drivers.callbacks import address
from workflows.drivers.catalogue import KINDS
from workflows.services.channels import driver_called
from workflows.services.status import take_news, take_reply


def hear(
    driver: str, body: bytes, headers: Mapping[str, str], *, query: str = "", now: datetime
) -> None:
    """All that the call says is taken in, or, after any trouble, nothing of it. `query`: of the address as called.

    Raises NotGenuine, and NotHere for a driver that is never called or was not set up.
    """
    url = f"{address(driver)}?{query}" if query else address(driver)
    told = driver_called(driver).hear(body, headers, url)
    with transaction.atomic():
        take_news(driver, [one for one in told if isinstance(one, News)], now)
        for reply in told:
            if isinstance(reply, Reply):
                for channel in KINDS[driver].channels:
                    take_reply(channel, reply, now)


def greet(driver: str, asked: Mapping[str, str]) -> str:
    """What the carrier wants to read when its owner enters the address there. Raises NotGenuine and NotHere."""
    called = driver_called(driver)
    if not isinstance(called, GreetedDriver):
        raise NotHere(_("There is nothing here."))
    return called.greet(asked)
