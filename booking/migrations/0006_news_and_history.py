import django.db.models.deletion
from django.db import migrations, models

import saas.core.clock
from saas.core.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0005_staff_login'),
    ]

    operations = [
        migrations.AddField(
            model_name='bookingrules',
            name='asks_news',
            field=models.BooleanField(default=False, verbose_name='Ask whether they want news and offers'),
        ),
        migrations.AddField(
            model_name='customer',
            name='consent_words',
            field=models.CharField(blank=True, editable=False, max_length=400),
        ),
        migrations.CreateModel(
            name='AppointmentEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('booked', 'booked'), ('changed', 'changed')], max_length=7)),
                ('changes', models.JSONField(default=dict)),
                ('at', models.DateTimeField(default=saas.core.clock.now)),
                ('by', models.CharField(choices=[('team', 'Team'), ('customer', 'Customer'), ('system', 'System')], max_length=8)),
                ('by_id', models.BigIntegerField(null=True)),
                ('by_name', models.CharField(blank=True, max_length=80)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='booking.appointment')),
            ],
            options={
                'indexes': [models.Index(fields=['appointment', '-at', '-id'], name='entry_by_appointment')],
                'constraints': [models.CheckConstraint(condition=models.Q(('by__in', ['team', 'customer', 'system'])), name='entry_by_known')],
            },
        ),
        append_only('booking_appointmententry'),
    ]
