"""Background work that cannot land in the wrong schema, and the chores of this app.

A task is declared with `@tenant_task` or `@public_task`. A tenant task carries the id of its tenant in a message
header, put there when it is enqueued, and is rejected by the worker when the tenant is missing, unknown, without a
schema or suspended: it never runs on the public schema by accident.
"""

import logging
from functools import partial
from importlib import import_module
from typing import Any

from celery import Task, current_task
from celery.exceptions import Reject
from celery.result import AsyncResult
from django.conf import settings
from django.db import connection

from saas.celery import app
from saas.core.clock import now, true_now
from tenants.models import Tenant, User
from tenants.scope import public_scope, tenant_scope
from tenants.services import administration, handoff, signup

log = logging.getLogger(__name__)
HEADER = "tenant_id"


class NoTenant(RuntimeError):
    """A tenant task is enqueued or called where no tenant is current."""


class TenantTask(Task):
    """Runs on the schema of the tenant for which it was enqueued, also after a retry, an ETA, in chains and chords."""

    def apply_async(  # type: ignore[override]
        self, args: Any = None, kwargs: Any = None, **options: Any
    ) -> AsyncResult:
        """Enqueue for the tenant in the `tenant_id` header, else the present one. Raises NoTenant."""
        headers = dict(options.pop("headers", None) or {})
        if headers.setdefault(HEADER, current_tenant_id()) is None:
            raise NoTenant(f"{self.name} is enqueued outside of a tenant's scope.")
        return super().apply_async(args, kwargs, headers=headers, **options)

    def enqueue_for(self, tenant_id: int, *args: Any, **kwargs: Any) -> AsyncResult:
        """Enqueue for a tenant that is not the present one: for sweeps, which need no tenant's schema themselves."""
        return self.apply_async(args, kwargs, headers={HEADER: tenant_id})

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly:
            if current_tenant_id() is None:
                raise NoTenant(f"{self.name} is called outside of a tenant's scope.")
            return super().__call__(*args, **kwargs)
        with tenant_scope(self._tenant()):
            return self.run(*args, **kwargs)

    def _tenant(self) -> Tenant:
        """The open tenant of this message. Raises Reject, without another try."""
        tenant_id = (self.request.headers or {}).get(HEADER)
        with public_scope():
            tenant = find_tenant(tenant_id)
        if tenant is None or not tenant.is_open:
            reason = "no open business" if tenant_id else "no tenant in the message"
            log.error(
                "Rejected %s (%s): %s %s", self.name, self.request.id, reason, tenant_id or ""
            )
            raise Reject(reason, requeue=False)
        return tenant


class PublicTask(Task):
    """Runs on the public schema alone, wherever it was enqueued, and leaves the connection there."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with public_scope():
            return (
                super().__call__(*args, **kwargs)
                if self.request.called_directly
                else self.run(*args, **kwargs)
            )


tenant_task = partial(app.task, base=TenantTask)
"""Decorator. `delay` takes the tenant of the scope or request; handlers of events say `enqueue_for(tenant_id, …)`,

for they run after the commit, when the scope may have ended.
"""
public_task = partial(app.task, base=PublicTask)
"""Decorator for work of the platform."""


def find_tenant(tenant_id: Any) -> Tenant | None:
    """The tenant with its plan; None for anything that is no id of one."""
    if not isinstance(tenant_id, int):
        return None
    return Tenant.objects.select_related("plan").filter(pk=tenant_id).first()


def current_tenant_id() -> int | None:
    """The tenant of the present scope, else that of the task which is just finishing: it starts what follows it."""
    if isinstance(connection.tenant, Tenant):
        return connection.tenant.pk
    return (current_task.request.headers or {}).get(HEADER) if current_task else None


@public_task
def purge_sessions() -> None:
    """Sessions that have run out are gone."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@public_task
def forget_handoffs() -> None:
    """Marks of log-ins by hand-off that are long out of date are gone."""
    handoff.forget_used(true_now())


@public_task
def release_unconfirmed() -> None:
    """Addresses of businesses whose owner never confirmed the e-mail are free again."""
    signup.release_unconfirmed(now())


@public_task
def move_tenants(tenant_ids: list[int], move: dict[str, Any], by_id: int) -> None:
    """These tenants are where a super admin wanted them; again does nothing."""
    by = User.objects.get(pk=by_id)
    administration.move_tenants(tenant_ids, administration.Move(**move), by=by, now=now())
