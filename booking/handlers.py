"""What booking makes of the news of others, and of its own: work that a worker does soon after the commit."""

from booking import tasks
from saas.core.events import on


@on("recipient.opted_out")
def take_back_news(channel: str, address: str, tenant_id: int | None, how: str) -> None:
    """The team notes a stop of one channel; only they themselves take back what they agreed to."""
    if how == "panel":
        return
    if tenant_id:
        tasks.take_back_news.enqueue_for(tenant_id, tenant_id, channel, address)  # type: ignore[attr-defined]
    else:
        tasks.take_back_news_everywhere.apply_async((channel, address), retry=False)


@on("booking.deposits_wait")
def give_deposits_back(tenant_id: int) -> None:
    """Money is to go back: a worker asks the company at once. The beat looks all the same."""
    tasks.look_after_deposits.enqueue_for(tenant_id, tenant_id)  # type: ignore[attr-defined]
