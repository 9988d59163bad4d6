"""Mercado Pago: one-time payments on its own page, Checkout Pro."""

from billing.gateways.mercadopago.gateway import MercadoPagoGateway

__all__ = ["MercadoPagoGateway"]
