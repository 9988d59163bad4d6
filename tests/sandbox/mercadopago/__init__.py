"""The double of Mercado Pago, driven through our gateway and by hand. Nothing here touches the database."""
