"""The console's Payments, below /console/payments/ on the platform host."""

from django.urls import path

from billing.console import desk_actions as actions
from billing.console import desk_views as views
from billing.console import reconciliation_views as books
from billing.console import tenant_desk

app_name = "payments"
urlpatterns = [
    path("", views.payment_list, name="list"),
    path("export/", views.payment_file, name="file"),
    path("reconciliation/", books.report, name="reconciliation"),
    path("reconciliation/run/", books.run, name="reconcile"),
    path("reconciliation/<int:pk>/<int:number>/", books.put_right, name="put_right"),
    path("tenants/<int:pk>/", tenant_desk.ledger, name="ledger"),
    path("tenants/<int:pk>/export/", tenant_desk.ledger_file, name="ledger_file"),
    path("tenants/<int:pk>/adjust/", tenant_desk.adjust, name="adjust"),
    path("tenants/<int:pk>/reviewed/<int:subscription_pk>/", tenant_desk.reviewed, name="reviewed"),
    path("<int:pk>/", views.payment, name="payment"),
    path("<int:pk>/invoice.pdf", views.invoice_pdf, name="invoice_pdf"),
    path("<int:pk>/refund/", actions.refund, name="refund"),
    path("<int:pk>/again/", actions.carry_out, name="again"),
    path("<int:pk>/balance/", actions.put_on_balance, name="put_on_balance"),
    path("<int:pk>/settled/", actions.settle, name="settle"),
    path("<int:pk>/ask/", actions.ask, name="ask"),
]
