"""How long `import cosell` takes in a fresh interpreter, in milliseconds: the median of 15, less an empty interpreter."""

import json
import statistics
import subprocess
import sys
import time


def wall(code: str) -> float:
    times = []
    for _ in range(15):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    print(json.dumps({"import_ms": round(wall("import cosell") - wall("pass"), 1)}))
