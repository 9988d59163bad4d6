"""What billing adds to the product. Its page is never hidden by a capability: it is the way out."""

from django.utils.translation import gettext_lazy as _

from plans.registry import MenuItem, registry
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
