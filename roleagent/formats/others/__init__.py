"""Characters of other programs, one file a program; see docs/formats-other.md."""
