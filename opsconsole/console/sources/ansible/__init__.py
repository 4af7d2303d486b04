"""Ansible inventories, INI and YAML, with the file and line of every value."""

from __future__ import annotations

from opsconsole.console.sources.ansible.hosts import AnsibleHost, AnsibleHosts

__all__ = ["AnsibleHost", "AnsibleHosts"]
