"""What do we learn? All reads over many rows, the live board included."""
