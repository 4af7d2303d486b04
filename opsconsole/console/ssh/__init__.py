"""SSH by asyncssh, and the local shell: connections, host keys, jump hosts, sudo, the sampler."""
