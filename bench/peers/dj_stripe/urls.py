from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def ready(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


urlpatterns = [
    path("", ready),
    path("stripe/", include("djstripe.urls", namespace="djstripe")),
]
