"""Which of the merchant's own rules hold for an order, and what do they decide about it?"""
