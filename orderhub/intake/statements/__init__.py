"""How do bills and ledgers come in: pulled from payment services, or as files?"""
