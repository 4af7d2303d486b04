"""What is remembered, and the words all rooms share: hosts, commands, history."""
