"""Messages that were paid for: what is sold, who bought it, and what is left. All in the public schema."""

from credits.models.accounts import CreditAccount, CreditEntry
from credits.models.packs import CreditPack, PackPurchase
from credits.models.recharging import AutoRecharge

__all__ = ["AutoRecharge", "CreditAccount", "CreditEntry", "CreditPack", "PackPurchase"]
