"""The least that a django-tenants page can be: stock middleware, one query, one small template.

No session, no login, no CSRF, no security headers: a floor to compare with, not a product.
"""
