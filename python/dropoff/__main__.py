"""``python -m dropoff``: the program itself."""

import subprocess
import sys

from dropoff._program import program

if __name__ == "__main__":
    sys.exit(subprocess.run([program(), *sys.argv[1:]]).returncode)
