"""Where Celery looks for billing's tasks."""

from billing import expiry_tasks, gateway_tasks, inbox_tasks, reconciliation_tasks  # noqa: F401
