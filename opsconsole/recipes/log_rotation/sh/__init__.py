"""Shell scripts of the recipe; see `scripts`."""
