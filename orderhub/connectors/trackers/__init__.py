"""Who tells where a parcel is: asked, or telling by themselves. One contract, one file each."""
