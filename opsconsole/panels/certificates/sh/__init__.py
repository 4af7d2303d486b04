"""Shell scripts of the panel; see `probe` and `files_command`."""
