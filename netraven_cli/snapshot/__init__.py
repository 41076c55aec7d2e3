"""Clean, judge and compare configurations; the archive in git."""
