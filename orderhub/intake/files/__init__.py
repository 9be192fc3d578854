"""How does a merchant's own export file become orders? The first step of the ladder, without any platform's keys."""
