"""What the booking page is dressed with: pictures by their digest, and the business's colour."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from booking.models import Picture
from booking.page.colors import stylesheet
from saas.core.access import public

FOREVER = "public, max-age=31536000, immutable"


@public
@require_safe
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """A picture that we have encoded ourselves. Its address is what it contains, so it is kept for good. One query."""
    row = Picture.objects.only("content", "content_type").filter(digest=digest).first()
    if row is None:
        raise Http404
    return HttpResponse(
        bytes(row.content),
        content_type=row.content_type,
        headers={"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"},
    )


@public
@require_safe
def look(request: HttpRequest, color: str) -> HttpResponse:
    """The page in the colour that its address names. No query."""
    return HttpResponse(
        stylesheet(color), content_type="text/css", headers={"Cache-Control": FOREVER}
    )
