"""Readers of the files that hosts come from, each value with the file and line where it stands."""
