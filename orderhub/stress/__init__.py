"""How much does a running hub take before it hurts, and was anything lost?"""
