"""What credits add to the product."""

from credits.events import EVENTS
from plans.registry import registry

registry.add(*EVENTS)
