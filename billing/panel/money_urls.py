"""Balance, payments and invoices, below /panel/billing/."""

from django.urls import path

from billing.panel import money_views

urlpatterns = [
    path("funds/", money_views.funds, name="funds"),
    path("payments/", money_views.payments, name="payments"),
    path("statement/", money_views.statement, name="statement"),
    path("statement.csv", money_views.statement_file, name="statement_file"),
    # The owner may begin invoice numbers with “2026/”.
    path("invoices/<path:number>.pdf", money_views.invoice_pdf, name="invoice_pdf"),
    path("invoices/<path:number>/", money_views.invoice, name="invoice"),
    path("details/", money_views.details, name="details"),
]
