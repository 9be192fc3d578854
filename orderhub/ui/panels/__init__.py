"""Parts of a page: the frame around it, the board, the drawer."""
