from django.db import migrations


class Migration(migrations.Migration):
    """Texts are searched by three letters at a time. A trusted extension: the owner of the database may make it."""

    dependencies = [
        ("core", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public",
            migrations.RunSQL.noop,  # others may use it by now
        ),
    ]
