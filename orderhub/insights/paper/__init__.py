"""What is printed? Facts in, PDF out; nothing here reads a database or a clock."""
