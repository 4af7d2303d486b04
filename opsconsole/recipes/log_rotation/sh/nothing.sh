# Changes nothing.
:
