"""What credits add to the product."""

from django.utils.translation import gettext_lazy as _

from billing.services.fulfilment import Purpose, register
from credits.console.tenant_parts import add_to_console
from credits.events import EVENTS
from credits.meter import CreditMeter
from credits.panel.parts import add_to_panel
from credits.reconciliation import add_to_books
from credits.services import purchases
from plans.registry import registry
from tenants.metering import register_meter

register_meter(CreditMeter())
register(
    Purpose(
        purchases.TOP_UP,
        _("Message credits"),
        purchases.fulfil,
        purchases.take_back,
        purchases.give_back,
        foretell=purchases.foretell,
    )
)
registry.add(*EVENTS)
add_to_panel()
add_to_console()
add_to_books()
