"""Certificates: reading them, their chains, names, strength and trust. Pure; the network is in `handshake`.

`cryptography` is imported when the first certificate is read, not before: it costs a start some 50 ms.
"""
