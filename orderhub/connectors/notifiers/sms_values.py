"""What may a value of an SMS be? One line, and nothing that looks like another sender's signature."""

from orderhub.kernel.ids import shown_text

# The gateways' own limits are per template and not among the collected contracts.
MOST = 120
_SIGNS = str.maketrans({"【": "(", "】": ")", "[": "(", "]": ")"})


def fitted(text: str) -> str:
    """Never empty: a gateway refuses a message with an empty value."""
    return " ".join(shown_text(text, 1000).translate(_SIGNS).split())[:MOST] or "-"
