"""What does one browser tab know? Small states whose handlers take ids and call one function."""
