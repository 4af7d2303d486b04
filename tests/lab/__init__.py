"""The lab: real hosts in containers, and the faults that tests inflict on them."""
