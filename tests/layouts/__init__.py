"""Random orders in random layouts, written to files by a writer of our own, with the profile that they need."""
