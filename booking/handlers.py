"""What booking makes of the news of others."""

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
