import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from unrolled.storage import files

# Kills saves in forked children, and prints what it saw: a process of its own, for no thread may be running at a fork.
KILLER = """
import json, os, random, signal, sys, time
from pathlib import Path
from unrolled.storage import files

how, kind, swap, folder = sys.argv[1:]
target = Path(folder, "target")
if how != "at any moment":
    os.fsync = lambda descriptor: None  # slow, and it matters when the power fails, not when a process is killed
if swap == "without":
    files._swap = lambda new, old: False

def save(version):
    content = bytes([version]) * 30_000
    if kind == "file":
        return files.replace_file(target, lambda stream: [stream.write(content[i::4]) for i in range(4)])
    with files.new_folder(target, overwrite=True) as new:
        (new / "a.txt").write_bytes(content)
        (new / "b.txt").write_bytes(content)
        (new / "config.json").write_text(json.dumps({"format": 1, "files": {"a.txt": {}, "b.txt": {}}}))

def saved_version():
    parts = [target] if kind == "file" else [target / "a.txt", target / "b.txt"]
    content = b"".join(part.read_bytes() for part in parts)
    assert len(content) == 30_000 * len(parts) and len(set(content)) == 1, "half a save"
    return content[0]

def at_line(number, act):
    def trace(frame, event, argument):
        nonlocal number
        if frame.f_code.co_filename != files.__file__:
            return trace
        if event == "line":
            number -= 1
            if number == 0:
                act()
        return trace
    sys.settrace(trace)

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def interrupt():
    raise KeyboardInterrupt

def child(case):
    if how == "at any moment":
        while True:
            save(1)
            save(2)
    at_line(case, kill if how == "at each line" else interrupt)
    try:
        save(2)
    except KeyboardInterrupt:
        os._exit(3)
    os._exit(0)

saw = {"old": 0, "new": 0, "leftovers": 0, "moved": 0}
random.seed(1)
case, status = 0, None
while status != 0 and (how != "at any moment" or case < 100):
    case += 1
    save(1)
    assert os.listdir(folder) == ["target"], "a leftover was not removed"
    if (number := os.fork()) == 0:
        child(case)
    if how == "at any moment":
        time.sleep(random.uniform(0, 0.01))
        os.kill(number, signal.SIGKILL)
    status = os.waitpid(number, 0)[1]
    saw["leftovers"] += len(os.listdir(folder)) > 1
    if kind == "folder" and not target.exists():
        saw["moved"] += 1
        files.check_writable_target(target, overwrite=True)
    saw["old" if saved_version() == 1 else "new"] += 1
print(json.dumps(saw))
"""


def killed(tmp_path: Path, how: str, kind: str, swap: str = "with") -> dict[str, int]:
    arguments = [sys.executable, "-c", KILLER, how, kind, swap, str(tmp_path)]
    path = os.pathsep.join([str(Path(files.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(arguments, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_save_killed_at_any_moment_leaves_the_old_or_the_new(tmp_path: Path, kind: str) -> None:
    saw = killed(tmp_path, "at any moment", kind)
    assert saw["old"] + saw["new"] == 100
    assert saw["moved"] == 0


@pytest.mark.parametrize(("kind", "swap"), [("file", "with"), ("folder", "with"), ("folder", "without")])
@pytest.mark.parametrize("how", ["at each line", "interrupted at each line"])
def test_a_save_stopped_at_each_line_leaves_the_old_or_the_new(tmp_path: Path, how: str, kind: str, swap: str) -> None:
    saw = killed(tmp_path, how, kind, swap)
    assert min(saw["old"], saw["new"]) > 1
    assert how != "at each line" or saw["leftovers"] > 0
    if swap == "with":
        assert saw["moved"] == 0  # where the system swaps two names, the target never lacks
