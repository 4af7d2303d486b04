"""The recipe's shell scripts, as package data."""
