"""Runs one command and reports what the operating system says it cost: `measure.py OUT COMMAND…` writes a line of JSON to OUT.

wall and CPU in seconds (user + system of the process and its waited-for children), peak resident memory in KiB. Python because Node has no wait4.
"""
import json
import os
import sys
import time

out, command = sys.argv[1], sys.argv[2:]
start = time.monotonic()
pid = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - start
code = os.waitstatus_to_exitcode(status)
with open(out, "w") as f:
    json.dump({"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss, "exit": code}, f)
