"""What billing adds to the product. Its page is never hidden by a capability: it is the way out."""

from django.utils.translation import gettext_lazy as _

from billing.console.tenant_parts import add_to_console
from billing.events import EVENTS
from billing.services import funds, obstacles, plan_purchases, renewals
from billing.services.fulfilment import Purpose, register
from plans.registry import MenuItem, registry
from plans.services.plans import obstacle_finders
from plans.services.settings import currency_obstacles
from saas.core import audit
from saas.core.access import OWNERS

registry.add(
    MenuItem(
        _("Billing"),
        url="billing:billing",
        icon="credit-card",
        group=9,
        order=10,
        roles=OWNERS,
    ),
)
register(
    Purpose(
        plan_purchases.PLAN,
        _("Plans"),
        plan_purchases.fulfil,
        plan_purchases.take_back,
        plan_purchases.give_back,
        foretell=plan_purchases.foretell,
    )
)
register(
    Purpose(
        renewals.RENEWAL,
        _("Renewals"),
        renewals.fulfil,
        plan_purchases.take_back,
        plan_purchases.give_back,
        is_choosable=False,
        foretell=plan_purchases.foretell,
    )
)
register(
    Purpose(
        funds.FUNDS,
        _("Adding funds"),
        funds.fulfil,
        funds.take_back,
        funds.give_back,
        foretell=funds.foretell,
    )
)
registry.add(*EVENTS)
audit.register(
    audit.Verb("balance.adjusted", _("Balance adjusted")),
    audit.Verb("payment.refunded", _("Payment refunded")),
    audit.Verb("payment.resolved", _("Payment put in order")),
    audit.Verb("subscription.reviewed", _("Subscription looked at")),
    audit.Verb("reconciliation.put_right", _("Difference put right")),
    audit.Verb("gateway.saved", _("Payment gateway changed")),
    audit.Verb("billing_settings.saved", _("Billing settings changed")),
    audit.Verb("webhook.replayed", _("Notification replayed")),
    audit.Verb("subscription.moved", _("Subscriptions moved to the new price")),
    audit.Verb("tenant.stayed", _("Kept a plan that had run out")),
    audit.Subject("billing.payment", "payments:payment"),
    audit.Subject("billing.reconciliation", "payments:reconciliation", takes_id=False),
    audit.Subject("billing.gatewaysettings", "payment_settings:list", takes_id=False),
    audit.Subject("billing.billingsettings", "payment_settings:list", takes_id=False),
)
obstacle_finders.append(obstacles.to_deleting)
currency_obstacles.append(obstacles.to_another_currency)
add_to_console()
