"""The types of requests once the middleware has let them through."""

from django.http import HttpRequest

from tenants.models import User


class SignedInRequest(HttpRequest):
    """What a view gets that is marked @signed_in, @console or @panel."""

    user: User
