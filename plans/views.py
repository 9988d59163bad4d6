"""The stylesheet with the plans' colours: a strict CSP allows no `style=""`."""

from hashlib import md5

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag

from plans.models import Plan
from saas.core.access import public


@public
def plan_colors(request: HttpRequest) -> HttpResponseBase:
    """`.plan-color-<id>` for every plan, hidden ones too.

    `?v=` in the link changes when a plan is saved, so with it the answer may be kept for good.
    """
    rules = "\n".join(
        f"  .plan-color-{plan.pk} {{ --plan-color: {plan.color}; --plan-ink: {plan.ink}; }}"
        for plan in Plan.objects.only("color").in_order()
    )
    css = f"@layer components {{\n{rules}\n}}\n"
    etag = quote_etag(md5(css.encode(), usedforsecurity=False).hexdigest())
    response = HttpResponse(css, content_type="text/css", headers={"ETag": etag})
    if "v" in request.GET:
        patch_cache_control(response, public=True, max_age=365 * 24 * 3600, immutable=True)
    else:
        patch_cache_control(response, public=True, max_age=60)
    return get_conditional_response(request, etag=etag, response=response) or response
