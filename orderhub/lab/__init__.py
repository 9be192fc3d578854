"""Who pretends to be outside? The platforms' wire protocols, offline, with shops whose orders live."""
