"""Runs what the README shows, in its order: `readme.py shell` the blocks marked sh, `readme.py python` those marked python.

A shell block runs line by line in one shell from the repository's root; a line that fails, or that says "panicked",
fails the whole. A Python block runs as a script of its own.
"""

import pathlib
import re
import subprocess
import sys
import time


def blocks(language: str) -> list[str]:
    text = pathlib.Path("README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def main() -> None:
    kind = sys.argv[1]
    if kind == "python":
        for block in blocks("python"):
            print(block)
            subprocess.run([sys.executable, "-c", block], check=True)
        return
    found = blocks("sh")
    assert found, "the README has no shell commands"
    began = time.time()
    script = "set -euxo pipefail\n" + "\n".join(found)
    done = subprocess.run(["bash", "-c", script], stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, f"a command of the README failed with status {done.returncode}"
    assert "panicked" not in done.stdout, "something panicked"
    print(f"{len(found)} blocks in {time.time() - began:.0f} s")


main()
