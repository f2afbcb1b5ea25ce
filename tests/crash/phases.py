# SPDX-License-Identifier: Apache-2.0
"""Where a process is right now, seen from outside: the system call of each thread and the file it works on.

ingest      the source is being read and none of the following holds
sync        a thread is in fdatasync/fsync of RocksDB's write-ahead log
checkpoint  a thread syncs a tile, their folder, or the last-signed file
"""
import os

SYNC_CALLS = {74, 75, 277}  # fsync, fdatasync, sync_file_range on x86_64


def syncing_paths(pid):
    """Paths of the files that threads of `pid` are syncing at this moment."""
    paths = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return paths
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/syscall", encoding="ascii") as file:
                words = file.read().split()
            if words and words[0].isdigit() and int(words[0]) in SYNC_CALLS:
                paths.append(os.readlink(f"/proc/{pid}/fd/{int(words[1], 16)}"))
        except OSError:
            continue
    return paths


def sync_phase(pid, data_folder):
    """`sync`, `checkpoint` or None."""
    for path in syncing_paths(pid):
        name = os.path.basename(path.removesuffix(" (deleted)"))
        if name.endswith(".log") and path.startswith(str(data_folder)):
            return "sync"
        if "tile" in path or "last-signed" in name or "last_signed" in name:
            return "checkpoint"
    return None
