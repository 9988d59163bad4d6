"""The business's own accounts at payment companies: what is set up, and the doors that change it.

Keys are stored encrypted and are told to nobody, neither by the audit log nor by a message. All in the tenant's schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from billing.services import merchants
from billing.services.merchants import NotConnected, Tested, Way
from billing.services.setup.merchant_setup import MerchantSetup
from booking.models import PaymentAccount
from booking.services.resources import allowed
from saas.core import audit
from saas.core.versions import check_version
from tenants.models import Tenant

AccountSetup = MerchantSetup[PaymentAccount]
FEATURE = "booking_page.online_payments"


@dataclass(frozen=True)
class AccountChange:
    """What was filled in. `keys` are those that were typed, {mode: {name: value}}; an empty one stays as it is."""

    is_enabled: bool
    environment: str
    keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def on_in(self) -> str:
        """The mode that customers pay in; empty where it is switched off."""
        return self.environment if self.is_enabled else ""


def is_on(tenant: Tenant) -> bool:
    """Does the plan have customers pay online? No query."""
    return tenant.entitlements.can(FEATURE)


def ways_to_pay(tenant: Tenant) -> list[Way]:
    """How a customer can pay now, in the order of the catalogue; none without the feature. One query."""
    if not is_on(tenant):
        return []
    stored = {row.gateway: row for row in PaymentAccount.objects.filter(is_enabled=True)}
    found = [stored[key] for key in merchants.COMPANIES if key in stored]
    return [merchants.way_of(row.gateway) for row in found if merchants.environment_in_use(row)]


def find_account(gateway: str) -> PaymentAccount:
    """The account as it is stored. Raises NotConnected where there is none."""
    row = PaymentAccount.objects.filter(gateway=gateway).first()
    if row is None or gateway not in merchants.COMPANIES:
        raise NotConnected(merchants.name_of(gateway))
    return row


def load_setups(now: datetime) -> list[AccountSetup]:
    """Every company, connected or not, in the order of the catalogue. One query."""
    stored = {row.gateway: row for row in PaymentAccount.objects.all()}
    return [
        MerchantSetup(stored.get(key) or PaymentAccount(gateway=key), now)
        for key in merchants.COMPANIES
    ]


def load_setup(gateway: str, now: datetime) -> AccountSetup:
    """Raises NotHere for a company that is not in the catalogue."""
    merchants.find_company(gateway)
    row = PaymentAccount.objects.filter(gateway=gateway).first()
    return MerchantSetup(row or PaymentAccount(gateway=gateway), now)


@sensitive_variables()
def save_account(
    tenant: Tenant, gateway: str, change: AccountChange, *, now: datetime, seen: str = ""
) -> PaymentAccount:
    """The account is set up as `change` says; keys of both modes are kept. `seen` is the version that was shown.

    Raises CapabilityMissing, NotHere, ChangedMeanwhile, and ValidationError by field (`environment`,
    `test_secret_key`); then nothing has changed.
    """
    with allowed(tenant, FEATURE):
        setup = _locked(gateway, now)
        check_version(seen, setup.version)
        before, row = setup.told(), setup.row
        if complaints := setup.complaints(change.keys, on_in=change.on_in):
            raise ValidationError({name: str(text) for name, text in complaints.items()})
        row.is_enabled, row.environment = change.is_enabled, change.environment
        row.secrets = setup.with_typed(change.keys)
        _store(tenant, MerchantSetup(row, now), before)
    return row


@sensitive_variables()
def remove_keys(
    tenant: Tenant, gateway: str, environment: str, *, now: datetime, seen: str = ""
) -> PaymentAccount:
    """Nothing is stored of the keys of one mode. Raises CapabilityMissing, NotHere, ChangedMeanwhile."""
    with allowed(tenant, FEATURE):
        setup = _locked(gateway, now)
        check_version(seen, setup.version)
        before, row = setup.told(), setup.row
        setup.key_set(environment)
        row.secrets = merchants.with_keys(row, environment, {})
        _store(tenant, MerchantSetup(row, now), before)
    return row


@sensitive_variables()
def test_account(tenant: Tenant, gateway: str, *, now: datetime) -> Tested:
    """Whether the keys in use open the account; stored, unless the keys have changed meanwhile.

    Speaks to the company, so call it outside of a transaction. Raises CapabilityMissing, NotHere, NotConnected.
    """
    tenant.entitlements.require(FEATURE)
    setup = load_setup(gateway, now)
    tested = merchants.test_account(setup.row)
    if setup.row.pk:
        same = PaymentAccount.objects.filter(
            pk=setup.row.pk, environment=setup.row.environment, secrets=setup.row.secrets
        )
        same.update(tested_at=now, test_passed=tested.passed, test_result=tested.text)
    return tested


def _locked(gateway: str, now: datetime) -> AccountSetup:
    merchants.find_company(gateway)
    row, _made = PaymentAccount.objects.get_or_create(gateway=gateway)
    return MerchantSetup(row, now)


def _store(tenant: Tenant, after: AccountSetup, before: audit.Snapshot) -> None:
    """Write the row and the entry; what came of a test stands as long as nothing else has changed."""
    row, told = after.row, after.told()
    changes = audit.differences(before, told)
    if changes:
        row.tested_at, row.test_passed, row.test_result = None, False, ""
    row.save()
    if changes:
        audit.record("online_payments.saved", row, changes=changes, tenant=tenant)
