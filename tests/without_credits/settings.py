"""The product with one line less: nobody sells credits."""

from saas.settings import *  # noqa: F403
from saas.settings import SHARED_APPS as ALL_SHARED
from saas.settings import TENANT_APPS

SHARED_APPS = [one for one in ALL_SHARED if one != "credits"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
