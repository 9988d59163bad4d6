"""A tenant's host with pages that end in every way that a page can end."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from booking.models import Staff
from saas.core.access import public
from saas.core.errors import Conflict
from tenants.scope import current_schema


@public
def where(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = cursor.fetchone()[0]
    staff = [person.name for person in Staff.objects.all()] if request.tenant else []
    return JsonResponse(
        {"tenant": getattr(request.tenant, "slug", None), "schema": schema, "staff": staff}
    )


@public
def missing(request: HttpRequest) -> HttpResponse:
    Staff.objects.count()
    raise Http404


@public
def refused(request: HttpRequest) -> HttpResponse:
    raise Conflict("Not now.")


@public
def broken(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Staff.objects.create(name="Never there")
        raise RuntimeError("Broken.")


@public
def wandering(request: HttpRequest) -> HttpResponse:
    """Leaves the connection where it should not be."""
    connection.set_schema("t_0000000000000000")
    return HttpResponse()


@public
def streaming(request: HttpRequest) -> StreamingHttpResponse:
    def body() -> Iterator[str]:
        yield current_schema()

    return StreamingHttpResponse(body())


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


views = (where, missing, refused, broken, wandering, streaming, undeclared)
urlpatterns = [path(f"{view.__name__}/", view) for view in views]
