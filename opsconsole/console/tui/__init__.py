"""The Textual app, its screens and styles."""
