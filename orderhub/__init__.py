"""OrderHub: every channel's orders in one place, from payment to delivery."""
