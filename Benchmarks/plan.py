#!/usr/bin/env python3
"""Checks `tessera plan` against what frames take on this machine: measured here, predicted here, as ratios.

    Benchmarks/plan.py --tessera .build/release/tessera [--launch "mpirun -n {ranks}"] [--ranks 1,2,4,8] [--repeat 9]

Ranks are threads, or what the launcher starts. Exit code 1 where a prediction is off by more than a factor of 2.
"""
import argparse, json, math, shlex, subprocess, sys

CASES = [
    ("wavelet:192", ["--contour", "RTData=157"], "1024x1024"),
    ("wavelet:96", ["--contour", "RTData=157"], "1920x1080"),
    ("wavelet:128", ["--surface"], "1024x1024"),
]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", default=".build/release/tessera")
    parser.add_argument("--launch", default="", help='in front of the command, such as "mpirun -n {ranks}"')
    parser.add_argument("--ranks", default="1,2,3,4,8")
    parser.add_argument("--compositors", default="direct-send,radix-k,binary-swap")
    parser.add_argument("--cores", type=int, help="cores that the launched ranks share")
    parser.add_argument("--repeat", type=int, default=9)
    options = parser.parse_args()
    counts = [int(n) for n in options.ranks.split(",")]
    cores = ["--cores", str(options.cores)] if options.cores else []
    worst = 1.0
    for name, filters, size in CASES:
        before = shlex.split(options.launch.format(ranks=2))
        plan = run(before + [options.tessera, "plan", name, *filters, "--size", size, "--calibrate", "--ranks", options.ranks, "--json", *cores])
        predicted = {(p["ranks"], p["compositor"]): p for p in plan["plans"]}
        for compositor in options.compositors.split(","):
            for ranks in counts:
                before = shlex.split(options.launch.format(ranks=ranks))
                own = [] if before else ["--ranks", str(ranks)]
                found = run(before + [
                    options.tessera, "bench", "frame", name, *filters, "--size", size, "--threads", str(max(1, ranks) if not before else 1), *own, "--compositor", compositor,
                    "--repeat", str(options.repeat)])
                expected = predicted[ranks, compositor]
                ratio = expected["milliseconds"] / found["median_ms"]
                worst = max(worst, ratio, 1 / ratio)
                bytes_ratio = expected["bytes_all_ranks"] / found["bytes_all_ranks"] if found.get("bytes_all_ranks") else math.nan
                print(f"{name:12} {size:10} {compositor:12} {ranks:3} ranks: planned {expected['milliseconds']:8.2f} ms, took {found['median_ms']:8.2f} ms, "
                      f"ratio {ratio:5.2f}; bytes {bytes_ratio:5.2f}", flush=True)
    print(f"off by at most a factor of {worst:.2f}")
    sys.exit(0 if worst <= 2 else 1)


main()
