"""Deposits paid online: accounts, paying, the one door that money comes through, holding a time, giving back."""
