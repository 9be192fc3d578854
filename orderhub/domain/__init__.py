"""What is true: the nouns, their statuses and their rules."""
