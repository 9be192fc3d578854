"""Who takes parcels? One file each, behind one contract."""
