"""The same clean-up for pyinfra: look, delete what is old, compress what is not, prove it."""

from pyinfra.operations import server

FOLDER = "/var/log/opsconsole-bench"

for name, command in (
    ("look", f"df -PkT {FOLDER} && df -Pi {FOLDER} && find {FOLDER} -xdev -type f -mtime +30"),
    ("who holds what open", "ls -lL /proc/[0-9]*/fd 2>/dev/null | wc -l"),
    ("delete what is old", f"find {FOLDER} -xdev -type f -mtime +30 -delete"),
    ("nothing old is left", f'test -z "$(find {FOLDER} -xdev -type f -mtime +30)"'),
    ("compress", f"find {FOLDER} -xdev -type f -name '*.log.[0-9]*' ! -name '*.gz' -exec gzip {{}} +"),
    ("every copy is whole", f"gzip -t {FOLDER}/*.gz"),
    ("free space", f"df -PkT {FOLDER} && df -Pi {FOLDER}"),
):
    server.shell(name=name, commands=[command], _sudo=True)
