"""The tenant’s pages about money: choosing and paying a plan, balance, payments, invoices."""
