from django.urls import path

from bench.peers.bare_tenants.shop.views import products

urlpatterns = [path("", products)]
