"""One file a mechanism, and the list of them."""
