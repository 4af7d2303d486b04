"""The one door to every change: confirm, lock, facts anew, apply, prove, undo. `runner.Runner` is the door.

Beneath it, in the order of a run: `policy` (may it be at all), `lock`, `flow` (what follows what), `steps`
and `work` (one step), `jobs` (a step's commands on the host), `ways` and `recover` (back, and on after a
crash), `tell` and `words` (what is said). `rollout` drives several hosts.
"""
