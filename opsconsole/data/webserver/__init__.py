"""Reads what nginx, Apache and HAProxy are configured to show: servers, names, addresses, certificate files.

Pure: the files' contents are handed in. Whatever the bytes, there is an answer, in time in proportion to
their length; what could not be followed is said. The programs themselves have the last word (`nginx -T`).
"""
