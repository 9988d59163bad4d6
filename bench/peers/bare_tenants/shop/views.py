from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bench.peers.bare_tenants.shop.models import Product


def products(request: HttpRequest) -> HttpResponse:
    context = {"tenant": request.tenant, "products": Product.objects.order_by("name")}
    return render(request, "products.html", context)
