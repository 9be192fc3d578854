"""By whom are buyers told? One file each, behind one contract."""
