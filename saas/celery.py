"""The Celery app and the whole schedule. Worker: `celery --app saas worker`; add `--beat`, or run beat by itself."""

import os
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from celery.signals import worker_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")


class Undeclared(Task):
    """What a task becomes that does not say whether it works for a tenant or for the platform: refused.

    Only Celery's own helpers (`celery.chord_unlock` and the like) get by with it.
    """

    def __init__(self) -> None:
        if not str(self.name).startswith("celery."):
            raise ImproperlyConfigured(
                f"{self.name} must be declared with @tenant_task or @public_task."
            )


app = Celery("saas", task_cls=Undeclared)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "purge sessions": {
        "task": "tenants.tasks.purge_sessions",
        "schedule": crontab(hour=3, minute=10),
    },
    "forget hand-offs": {
        "task": "tenants.tasks.forget_handoffs",
        "schedule": crontab(hour=3, minute=15),
    },
    "release unconfirmed": {
        "task": "tenants.tasks.release_unconfirmed",
        "schedule": crontab(hour=3, minute=20),
    },
    "sweep overrides": {
        "task": "tenants.plan_tasks.sweep_overrides",
        "schedule": crontab(minute="*/5"),
    },
    "resume refits": {
        "task": "tenants.plan_tasks.resume_refits",
        "schedule": crontab(minute="*/5"),
    },
    "work on notifications": {
        "task": "billing.tasks.inbox.process_due",
        "schedule": crontab(),
    },
    "forget notifications": {
        "task": "billing.tasks.inbox.forget_old_events",
        "schedule": crontab(hour=3, minute=25),
    },
    "send plans": {
        "task": "billing.tasks.gateways.sync_due",
        "schedule": crontab(),
    },
    "tell gateways of subscriptions": {
        "task": "billing.tasks.gateways.push_due",
        "schedule": crontab(),
    },
    "look up pending payments": {
        "task": "billing.tasks.gateways.check_pending",
        "schedule": crontab(minute="*/5"),
    },
    "sweep what has run out": {
        "task": "billing.tasks.expiry.sweep_expiry",
        "schedule": crontab(minute="*/5"),
    },
    "remind owners": {
        "task": "billing.tasks.expiry.remind",
        "schedule": crontab(minute="*/10"),
    },
    "work on messages": {
        "task": "workflows.tasks.work",
        "schedule": crontab(),
    },
    "look ahead": {
        "task": "workflows.tasks.look_ahead",
        "schedule": crontab(minute="*/10"),
    },
    "forget messages": {
        "task": "workflows.tasks.forget_old",
        "schedule": crontab(hour=3, minute=30),
    },
    "renew credits": {
        "task": "credits.tasks.renew_due",
        "schedule": crontab(minute="*/15"),
    },
    "recharge credits": {
        "task": "credits.tasks.recharge_due",
        "schedule": crontab(minute="*/5"),
    },
    "look after deposits": {
        "task": "booking.tasks.sweep_deposits",
        "schedule": crontab(),
    },
    "compare the books": {
        "task": "billing.tasks.reconciliation.reconcile_nightly",
        "schedule": crontab(hour=3, minute=40),
    },
}
"""Times are UTC. Tasks of the platform only: beat knows no tenant."""
for name, entry in list(app.conf.beat_schedule.items()):
    if not entry["task"].startswith(tuple(f"{one}." for one in settings.INSTALLED_APPS)):
        del app.conf.beat_schedule[name]  # of an app that was taken out
app.autodiscover_tasks()


@worker_init.connect
def refuse_mixing_pooler(**_kwargs: Any) -> None:
    """A worker does not start on a connection that may serve another tenant's rows."""
    from tenants.probe import check_connections

    check_connections()
