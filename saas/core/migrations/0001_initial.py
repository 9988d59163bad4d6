import django.db.models.functions.datetime
from django.db import migrations, models

from saas.core.append_only import append_only, refuse_change


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('actor_id', models.BigIntegerField(blank=True, null=True)),
                ('actor_name', models.CharField(blank=True, max_length=80)),
                ('actor_email', models.CharField(blank=True, max_length=254)),
                ('on_behalf_of', models.CharField(blank=True, max_length=254)),
                ('verb', models.CharField(max_length=60)),
                ('subject_kind', models.CharField(max_length=100)),
                ('subject_id', models.BigIntegerField()),
                ('subject_label', models.CharField(max_length=200)),
                ('tenant_id', models.BigIntegerField(blank=True, null=True)),
                ('tenant_name', models.CharField(blank=True, max_length=80)),
                ('changes', models.JSONField(blank=True, default=dict)),
                ('reason', models.TextField(blank=True)),
                ('ip', models.CharField(blank=True, max_length=45)),
            ],
            options={
                'indexes': [models.Index(fields=['at', 'id'], name='audit_at'), models.Index(fields=['actor_id', 'at'], name='audit_actor'), models.Index(fields=['verb', 'at'], name='audit_verb'), models.Index(fields=['tenant_id', 'at'], name='audit_tenant'), models.Index(fields=['subject_kind', 'subject_id', 'at'], name='audit_subject')],
            },
        ),
        refuse_change(),
        append_only('core_auditentry'),
    ]
