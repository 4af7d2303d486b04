"""Where the engineer sits: the command line, the screens, SSH, settings and the service."""
