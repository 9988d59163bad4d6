"""The super admin about credits: what is sold, what each tenant has, what is owed and earned."""
