"""How many pieces of each SKU will each region want in the coming days? docs/forecast.md says how it is reckoned."""
