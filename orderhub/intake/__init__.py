"""How do orders get in? Kept before they are understood, taken once, refused with a reason."""
