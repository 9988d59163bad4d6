"""The panel as an app on the phones of the team: what a browser needs to install it, and a page that explains it."""

from io import BytesIO

import qrcode  # type: ignore[import-untyped]
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

from booking.page.app_icon import SIZES, draw_icon
from saas.core.access import panel, public

LIGHT_GROUND = "#faf8f3"


@panel("mobile_app")
def phone(request: HttpRequest) -> HttpResponse:
    url = request.tenant.url("/panel/")
    return render(request, "booking/phone.html", {"url": url, "qr": qr_code(url)})


@public
@require_safe
def phone_manifest(request: HttpRequest) -> JsonResponse:
    """What makes the panel installable (W3C, Web App Manifest). Browsers ask for it without a session."""
    request.tenant.entitlements.require("mobile_app")
    name = request.tenant.name
    return JsonResponse(
        {
            "id": "/panel/",
            "name": name,
            "short_name": name[:12].strip(),
            "start_url": "/panel/",
            "scope": "/",
            "display": "standalone",
            "background_color": LIGHT_GROUND,
            "theme_color": LIGHT_GROUND,
            "icons": [
                {
                    "src": reverse("booking:phone_icon", args=[size]),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": "any maskable",
                }
                for size in SIZES
            ],
        },
        content_type="application/manifest+json",
        headers={"Cache-Control": "public, max-age=3600"},
    )


@public
@require_safe
def phone_icon(request: HttpRequest, size: int) -> HttpResponse:
    """The initials of the business, as a picture of `size` pixels."""
    request.tenant.entitlements.require("mobile_app")
    if size not in SIZES:
        raise Http404
    return HttpResponse(
        draw_icon(request.tenant.initials, size),
        content_type="image/png",
        headers={"Cache-Control": "public, max-age=86400"},
    )


def qr_code(text: str) -> SafeString:
    """An SVG drawing that a phone's camera reads, without a declaration in front, to stand in a page."""
    out = BytesIO()
    code = qrcode.make(text, image_factory=SvgPathImage, border=0)
    code.save(out)
    drawing = out.getvalue().decode()
    return mark_safe(drawing[drawing.index("<svg") :])  # noqa: S308 - drawn by the library
