"""What the public booking page is made of: its language, what the address says, what is offered."""
