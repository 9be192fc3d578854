"""How do suppliers, purchases and receipts come in as files?"""
