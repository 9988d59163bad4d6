"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
application = get_wsgi_application()

from tenants.probe import check_connections  # noqa: E402  # needs the apps that the line above loads

check_connections()
