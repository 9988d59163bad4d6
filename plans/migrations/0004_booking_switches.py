"""What plans said of modules that were still to come, under the names that these have.

Booking was open on every plan with a booking page, and no service asked for a deposit: so it stays.
"""

from django.db import migrations

RENAMED = {
    "receive_appointments": "booking_page.receive_appointments",
    "upload_logo": "booking_page.upload_logo",
    "dynamic_translations": "booking_page.dynamic_translations",
}


def rename(apps, schema_editor):
    for plan in apps.get_model("plans", "Plan").objects.all():
        switches = {RENAMED.get(key, key): value for key, value in plan.capabilities.items()}
        switches.setdefault("booking_page.receive_appointments", True)
        switches.setdefault("services.disable_deposit_payments", True)
        plan.capabilities = switches
        plan.save(update_fields=["capabilities"])


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0003_gateway_ids'),
    ]

    operations = [
        migrations.RunPython(rename, migrations.RunPython.noop),
    ]
