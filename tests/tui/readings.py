"""Full readings of all panels; `word` goes into every text field, to be harmless or hostile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from fake_source import figures, filesystem

from opsconsole.panels.health import reading as health
from opsconsole.panels.logs import reading as logs
from opsconsole.panels.resources import reading as resources

# Terminal commands, markup, a direction that turns round, half a character, and no end.
HOSTILE = "\x1b[31m[/red][b]x\x1b]0;t\x07\x00\u202eevil\u2066\n\r[@click=app.quit]y[/]\ud83d" + "z" * 1000


@dataclass(frozen=True)
class Details:
    cores: tuple[resources.Core, ...]
    disks: tuple[resources.Disk, ...]
    interfaces: tuple[resources.Interface, ...]


def full_resources(word: str = "") -> resources.ResourcesReading:
    now = datetime.now(UTC)
    processes = tuple(
        resources.Process(
            1000 + index, f"{word}php-fpm{index}", word or "R", 80.0 - index, (900 - index) * 2**20
        )
        for index in range(10)
    )
    return replace(
        figures(42.0, 61.0, 94.0),
        source=f"/proc{word}",
        cpu_user_percent=30.0,
        cpu_system_percent=10.0,
        cpu_iowait_percent=2.0,
        cpu_steal_percent=0.0,
        load_1=3.5,
        load_5=3.2,
        load_15=2.1,
        psi_cpu_some_percent=1.0,
        psi_io_some_percent=4.0,
        psi_io_full_percent=2.0,
        psi_memory_some_percent=0.0,
        psi_memory_full_percent=0.0,
        psi_io_full_5m_percent=1.0,
        psi_memory_full_5m_percent=0.0,
        memory_available_bytes=6 * 2**30,
        swap_total_bytes=4 * 2**30,
        swap_used_bytes=2**28,
        swap_used_percent=6.2,
        disk_read_bytes_per_second=5e6,
        disk_write_bytes_per_second=2e6,
        open_files=2112,
        open_files_max=100000,
        open_files_percent=2.1,
        conntrack=70,
        conntrack_max=65536,
        conntrack_percent=0.1,
        uptime_seconds=41 * 86400.0,
        tcp_sockets=212,
        tcp_time_wait=12,
        tcp_retransmits_per_second=0.4,
        tcp_retransmit_percent=0.2,
        listen_drops_per_second=0.0,
        oom_kills=0,
        swap_in_bytes_per_second=0.0,
        swap_out_bytes_per_second=0.0,
        major_faults_per_second=1.5,
        filesystems=(
            filesystem(f"/var{word}", 94.0, grows_bytes_per_hour=2.1 * 2**30, full_in_seconds=10800.0),
            filesystem(f"/{word}", 47.0, type=f"ext4{word}", device=f"/dev/vda1{word}"),
            filesystem("/srv/backup/postgres", 12.0, read_only=True, inodes=None, inodes_used_percent=None),
        ),
        processes=resources.ProcessTable(
            now,
            212,
            200,
            True,
            processes,
            processes[::-1],
            ((f"{word}php-fpm", 88.0), ("postgres", 12.0)),
            (),
        ),
        details=Details(
            tuple(resources.Core(f"cpu{n}{word}", n * 11.0, 1.0, 1.0, 0.0, 0.0) for n in range(8)),
            (
                resources.Disk(f"nvme0n1{word}", 5e6, 2e6, 31.0, 1.4, 0.2),
                resources.Disk("sda", None, None, None, None, None),
            ),
            (
                resources.Interface(f"eth0{word}", True, 1.2e6, 3e5, 900.0, 700.0, 0.0, 0.0),
                resources.Interface("docker0", False, 0.0, 0.0, 0.0, 0.0, None, None),
            ),
        ),
        unread=(resources.Unread(f"/mnt/nfs{word}", f"df was killed after 5 s{word}"),),
    )


def full_health(word: str = "") -> health.HealthReading:
    now = datetime.now(UTC)
    check = health.CheckResult(
        "orders API", "https://db1/health", "host", True, status=200, latency_seconds=0.12
    )
    bad = replace(
        check, name=f"login{word}", ok=False, error="status", detail=f"500, expected 2xx{word}", status=500
    )
    return health.HealthReading(
        taken_at=now,
        read_at={"system": now, "services": now, "clock": now},
        problems=(health.Problem(f"restart counters{word}", f"systemctl timed out{word}"),),
        has_systemd=True,
        container="",
        uptime_seconds=41 * 86400.0,
        kernel=f"6.1.0-18-amd64{word}",
        system_state=f"degraded{word}",
        unit_count=84,
        failed_units=(
            health.FailedUnit(
                f"orders.service{word}",
                f"exit-code{word}",
                1,
                "loaded",
                (f"panic: no such table{word}", "exit 1"),
            ),
            health.FailedUnit("gone.service", "", None, "not-found", None),
        ),
        failed_unit_count=3,
        restarts=(health.Restarts(f"worker.service{word}", 12, 3, 900.0, waiting=True),),
        oom=health.Oom(
            4, 1, ((f"/system.slice{word}", 1),), (health.OomKill(now, "java", f"Killed 812{word}"),)
        ),
        journal=health.Journal(
            (health.JournalGroup(f"postgresql{word}", 3, 1, now, f"out of memory{word}"),), 3
        ),
        clock=health.Clock("chrony", True, 0.003),
        skew=health.Skew(-0.02, 0.01, now),
        reboot=health.Reboot(
            True, (f"kernel 6.1.0-28 is installed, 6.1.0-18 runs{word}",), now - timedelta(days=2)
        ),
        mounts=health.Mounts(
            (health.ReadOnlyMount(f"/opt{word}", "/dev/vdb", "ext4", False, f"fstab says rw{word}"),),
            (health.MissingMount(f"/srv{word}", "UUID=1", True),),
            (health.FilesystemErrors(f"/dev/vdc{word}", "/data", 4, now),),
        ),
        expected_units=(health.UnitState(f"nginx.service{word}", "active", "running"),),
        checks=(
            health.CheckStatus("http", check, now, 30, 0, "", 0.11, 0.31),
            health.CheckStatus("http", bad, now, 30, 12, f"status 500{word}", 0.2, 1.4),
        ),
    )


def full_logs(word: str = "") -> logs.LogsReading:
    now = datetime.now(UTC)
    ago = now - timedelta(hours=3)
    return logs.LogsReading(
        taken_at=now,
        disks=(
            logs.DiskUse(
                f"/var{word}",
                47 * 2**30,
                3 * 2**30,
                94.0,
                81_200,
                "partial",
                f"not all of it could be read{word}",
                (logs.Entry(f"/var/lib/orders{word}", "directory", 31 * 2**30),),
                (logs.Entry(f"/var/lib/orders/dump.sql{word}", "file", 22 * 2**30),),
            ),
            logs.DiskUse("/", 4 * 2**30, 16 * 2**30, 20.0, 2_100_000, "none", "very many files"),
        ),
        disks_taken_at=now,
        rotation=logs.Rotation(
            f"3.21.0{word}",
            9,
            11,
            (
                logs.RotationProblem(f"/etc/logrotate.d/orders{word}", 3, f"unknown option 'dailly'{word}"),
                logs.RotationProblem("/etc/logrotate.d/x", 1, "stat of /x failed", "", rotates=True),
            ),
            "logrotate -d",
            ago,
            "/var/lib/logrotate/status",
            ago,
        ),
        uncovered=(
            logs.UncoveredLog(f"/var/log/orders/app.log{word}", 3 * 2**30, 0, ago, "/var", 6.0),
            logs.UncoveredLog("/opt/own.log", 2**20, 4, ago),
        ),
        log_count=31,
        deleted=(
            logs.DeletedFile(f"/var/log/gone{word}", 2**30, f"nginx{word}", (812, 813), "nginx.service"),
        ),
        all_processes=True,
        journal_bytes=400 * 2**20,
        containers=(logs.ContainerLog(f"shop{word}", 5 * 2**30, ""), logs.ContainerLog("db", 2**20, "10m")),
        new_containers_limit="",
        errors=(logs.UnitErrors(f"orders.service{word}", 120, 2),),
        errors_compared=True,
        notes=(logs.Note("journal", f"none{word}"),),
        unread=(logs.Note("log files", f"too slow{word}"),),
    )
