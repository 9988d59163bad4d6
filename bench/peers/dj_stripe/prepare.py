"""`python -m bench.peers.dj_stripe.prepare SECRET`: tables, and one endpoint that verifies with SECRET.

Prints the endpoint's address. Without an owner account, which would cost a query for each delivery.
"""

import os
import sys

import django


def prepare(secret: str) -> str:
    from django.core.management import call_command
    from django.urls import reverse
    from djstripe.models import WebhookEndpoint

    call_command("migrate", interactive=False, verbosity=0)
    endpoint = WebhookEndpoint.objects.create(
        id="we_bench", livemode=False, secret=secret, url="https://bench.example/", status="enabled",
        enabled_events=["*"], djstripe_validation_method="verify_signature",
    )  # fmt: skip
    return reverse("djstripe:djstripe_webhook_by_uuid", args=[endpoint.djstripe_uuid])


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.dj_stripe.settings"
    django.setup()
    print(prepare(sys.argv[1]))
