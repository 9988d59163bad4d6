"""`python -m bench.peers.bare_tenants.prepare HOST`: tables, one tenant on HOST, ten products."""

import os
import sys

import django

PRODUCTS = 10


def prepare(host: str) -> None:
    from django.core.management import call_command
    from django_tenants.utils import tenant_context

    from bench.peers.bare_tenants.customers.models import Client, Domain
    from bench.peers.bare_tenants.shop.models import Product

    call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
    tenant = Client.objects.create(schema_name="shop1", name="Shop 1")
    tenant.create_schema(verbosity=0)
    Domain.objects.create(tenant=tenant, domain=host, is_primary=True)
    with tenant_context(tenant):
        Product.objects.bulk_create(
            Product(name=f"Product {number}", price=number * 100) for number in range(PRODUCTS)
        )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.bare_tenants.settings"
    django.setup()
    prepare(sys.argv[1])
