"""Where Celery looks for billing's tasks: each module here is one kind of background work."""

from billing.tasks import expiry as expiry
from billing.tasks import gateways as gateways
from billing.tasks import inbox as inbox
from billing.tasks import reconciliation as reconciliation
