"""Runs one command and reports what the operating system says it cost: `measure.py OUT SECONDS COMMAND…` writes a line of JSON to OUT.

wall and CPU in seconds (user + system of the process and its waited-for children), peak resident memory in KiB. A command that takes longer than SECONDS is killed with all that it has started (exit -9), as it is where this program is ended.
Python because Node has no wait4.
"""
import json
import os
import signal
import sys
import time

out, limit, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
start = time.monotonic()
pid = os.posix_spawnp(command[0], command, os.environ, setpgroup=0)
for kind in signal.SIGALRM, signal.SIGINT, signal.SIGTERM:
    signal.signal(kind, lambda *_: os.killpg(pid, signal.SIGKILL))
signal.setitimer(signal.ITIMER_REAL, limit)
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - start
signal.setitimer(signal.ITIMER_REAL, 0)
code = os.waitstatus_to_exitcode(status)
with open(out, "w") as f:
    json.dump({"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss, "exit": code}, f)
