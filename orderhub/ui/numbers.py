"""Which of our ids does a text from a browser mean?"""

_MOST_DIGITS = 18  # what every database holds


def number_of(text: str) -> int:
    """0, which no row has, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
