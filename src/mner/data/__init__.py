"""Files to posts to batches: reading, checking and encoding a corpus and its pictures."""
