"""Who gets what, for every address. An address that is missing here fails the suite.

Values are what a GET answers, one for each kind of visitor in the order of the columns:
a status, or `login` for the way to the login page, or `→ <path>` for another redirect on the same host.
`405` stands where only a POST is understood; then the POST is asked as well, and must refuse the same people.
"""

TENANT_COLUMNS = ("outsider", "staff", "manager", "owner")
"""Outsiders: strangers, the other tenant's owner and the super admin, whatever session they bring."""

EVERYBODY = "200 200 200 200"
MEMBERS = "login 200 200 200"
MANAGERS = "login 403 200 200"
OWNERS = "login 403 403 200"
POSTED_BY_MANAGERS = "login 403 405 405"

TENANT = {
    "booking:public": EVERYBODY,
    "plan_colors": EVERYBODY,
    "tenants:login": "302 →/panel/ →/panel/ →/panel/",
    "tenants:handoff": "403 →/panel/ →/panel/ →/panel/",
    "tenants:logout": "405 405 405 405",
    "tenants:impersonation": "302 302 302 302",
    "tenants:impersonation_enter": "403 403 403 403",
    "tenants:impersonation_leave": "405 405 405 405",
    "booking:home": MEMBERS,
    "booking:staff_list": MEMBERS,
    "booking:staff_add": MANAGERS,
    "booking:staff_edit": MANAGERS,
    "booking:staff_active": POSTED_BY_MANAGERS,
    "booking:staff_delete": MANAGERS,
    "booking:service_list": MEMBERS,
    "booking:service_add": MANAGERS,
    "booking:service_edit": MANAGERS,
    "booking:service_active": POSTED_BY_MANAGERS,
    "booking:service_delete": MANAGERS,
    "booking:service_category_list": MEMBERS,
    "booking:service_category_add": MANAGERS,
    "booking:service_category_edit": MANAGERS,
    "booking:service_category_delete": MANAGERS,
    "booking:extra_list": MEMBERS,
    "booking:extra_add": MANAGERS,
    "booking:extra_edit": MANAGERS,
    "booking:extra_active": POSTED_BY_MANAGERS,
    "booking:extra_delete": MANAGERS,
    "booking:location_list": MEMBERS,
    "booking:location_add": MANAGERS,
    "booking:location_edit": MANAGERS,
    "booking:location_active": POSTED_BY_MANAGERS,
    "booking:location_delete": MANAGERS,
    "booking:customer_list": MEMBERS,
    "booking:customer_add": MANAGERS,
    "booking:customer_edit": MANAGERS,
    "booking:customer_delete": MANAGERS,
    "booking:appointment_list": MEMBERS,
    "booking:appointment_add": MEMBERS,
    "booking:appointment_edit": MEMBERS,
    "booking:appointment_cancel": MANAGERS,
    "billing:billing": OWNERS,
    "billing:current_plan": OWNERS,
    "billing:cycle": "login 403 403 405",
    "billing:choose": OWNERS,
}

PLATFORM_COLUMNS = ("stranger", "business owner", "super admin")

ALL = "200 200 200"
SIGNED_IN = "login 200 200"
CONSOLE = "login 404 200"
CONSOLE_POST = "login 404 405"
ASKED_AGAIN = "login →/reauthenticate/ →/reauthenticate/"
"""Whoever logged in long ago is asked for the password again."""
NOT_SIGNED_IN = "200 →/businesses/ →/businesses/"

PLATFORM = {
    "tenants_public:landing": ALL,
    "plan_colors": ALL,
    "tenants_public:signup": NOT_SIGNED_IN,
    "account_signup": NOT_SIGNED_IN,
    "tenants_public:address": ALL,
    "tenants_public:resend": "405 405 405",
    "tenants_public:start_over": "405 405 405",
    "tenants_public:confirm_email": ALL,
    "account_confirm_email": ALL,
    "account_email_verification_sent": ALL,
    "tenants_public:enter": "login 302 404",
    "tenants_public:leave": "→/ →/ →/",
    "tenants_public:businesses": "login 302 302",
    "tenants_public:new_business": SIGNED_IN,
    "tenants_public:account": SIGNED_IN,
    "tenants_public:name": SIGNED_IN,
    "tenants_public:end_sessions": "login 405 405",
    "account_login": NOT_SIGNED_IN,
    "account_logout": "→/ 200 200",
    "account_inactive": ALL,
    "account_reauthenticate": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": "login →/password/change/ →/password/change/",
    "account_reset_password": ALL,
    "account_reset_password_done": ALL,
    "account_reset_password_from_key": ALL,
    "account_reset_password_from_key_done": ALL,
    "account_confirm_login_code": "login 302 302",
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": "login 302 302",
    "mfa_reauthenticate": ASKED_AGAIN,
    "mfa_activate_totp": ASKED_AGAIN,
    "mfa_deactivate_totp": "login 404 404",
    "mfa_view_recovery_codes": "login 404 404",
    "mfa_generate_recovery_codes": ASKED_AGAIN,
    "mfa_download_recovery_codes": "login 404 404",
    "console:home": CONSOLE,
    "console:settings": CONSOLE,
    "console:audit": CONSOLE,
    "console:audit_export": CONSOLE,
    "console:style_guide": CONSOLE,
    "console:why": CONSOLE,
    "plans:list": CONSOLE,
    "plans:add": CONSOLE,
    "plans:load_grid": CONSOLE_POST,
    "plans:edit": CONSOLE,
    "plans:progress": CONSOLE,
    "plans:export": CONSOLE,
    "plans:import": CONSOLE,
    "plans:duplicate": CONSOLE_POST,
    "plans:set_default": CONSOLE_POST,
    "plans:delete": CONSOLE,
    "tenants_console:list": CONSOLE,
    "tenants_console:add": CONSOLE,
    "tenants_console:move": CONSOLE,
    "tenants_console:tenant": CONSOLE,
    "tenants_console:edit": CONSOLE,
    "tenants_console:fit": CONSOLE,
    "tenants_console:deactivate": CONSOLE,
    "tenants_console:reactivate": CONSOLE,
    "tenants_console:override_limit": CONSOLE,
    "tenants_console:override_feature": CONSOLE,
    "tenants_console:override_end": CONSOLE_POST,
    "tenants_console:impersonate": CONSOLE_POST,
    "tenants_console:impersonation_note": "login 404 403",
    "demo:mailbox": ALL,
    "demo:mail": "404 404 404",
}
