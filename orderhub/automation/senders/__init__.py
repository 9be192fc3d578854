"""How is each kind of message told? One file each."""
