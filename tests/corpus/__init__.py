"""Files as people have them, each with what Orderlift must make of it."""
