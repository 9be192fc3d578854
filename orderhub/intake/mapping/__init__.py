"""How do fields that only a merchant understands become tags, remarks and custom fields? By mappings, not by code."""
