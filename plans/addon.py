"""What happens to plans, for whoever listens."""

from django.utils.translation import gettext_lazy as _

from plans.registry import EventType, registry

registry.add(EventType("plan.saved", _("A plan was saved"), {"plan.name": "Team"}))
