#!/usr/bin/env python3
"""Races tessera on MPI ranks against IceT (pictures put together) and ParaView (whole frames).

usage: race.py --tessera PATH [--ranks 2,4,8] [--rounds 3] [--frames 20] [--json FILE] [composite] [frame]

The sides take turns, `rounds` times at every point; a time is the median of the rounds' medians, and the ratio that of the two
times. A peer that is not installed is skipped, and said so: IceT comes with ParaView's development files (Debian: paraview-dev and
libopenmpi-dev), pvbatch with ParaView (Debian: paraview, python3-paraview, xvfb).
"""
import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [(1024, 1024), (1920, 1080)]
COVERAGES = [0.1, 0.25, 1.0]
# Least ratios of time, greatest ratio of bytes.
COMPOSITE_TIME, COMPOSITE_BYTES, FRAME_TIME = 1.2, 1.05, 10


def launcher(ranks):
    program = shutil.which("mpirun.openmpi") or shutil.which("mpirun")
    if not program:
        sys.exit("there is no mpirun: nothing to race on (make race-ranks installs Open MPI)")
    words = [program, "-n", str(ranks)]
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if "Open MPI" in version or "open-mpi" in version.lower():
        words += ["--oversubscribe", "--bind-to", "none"] + (["--allow-run-as-root"] if os.geteuid() == 0 else [])
    return words


def run(words, marker="{", timeout=300):
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout)
    for line in done.stdout.splitlines():
        if line.startswith(marker):
            return json.loads(line[line.index("{"):])
    sys.exit(f"{' '.join(words)}\nended with {done.returncode} and no result:\n{done.stdout}{done.stderr}")


def build_icet(folder):
    """The compiled peer, or why there is none."""
    compiler = shutil.which("mpicc.openmpi") or shutil.which("mpicc")
    if not compiler:
        return None, "there is no mpicc"
    headers = sorted(glob.glob("/usr/include/paraview-*/vtkicet/src/include") + glob.glob("/usr/local/include/paraview-*/vtkicet/src/include"))
    cores = sorted(glob.glob("/usr/lib/*/libvtkIceTCore-pv*.so") + glob.glob("/usr/lib/libvtkIceTCore*.so") + glob.glob("/usr/local/lib/libvtkIceTCore-pv*.so"))
    if not headers or not cores:
        return None, "there is no IceT (ParaView's development files)"
    core = cores[-1]
    program = os.path.join(folder, "icet_picture")
    words = [compiler, "-O2", os.path.join(HERE, "icet_picture.c"), "-I" + headers[-1], core, core.replace("IceTCore", "IceTMPI"), "-lm", "-o", program]
    done = subprocess.run(words, capture_output=True, text=True)
    return (program, None) if done.returncode == 0 else (None, "IceT's program does not compile:\n" + done.stderr)


def turns(rounds, ours, theirs):
    """Medians of both sides, which take turns, and the last results."""
    times, last = ([], []), [None, None]
    for _ in range(rounds):
        for side, body in enumerate((theirs, ours)):
            last[side] = body()
            times[side].append(last[side]["median_ms"])
    return statistics.median(times[1]), statistics.median(times[0]), last[1], last[0]


def race_composite(options, results):
    with tempfile.TemporaryDirectory() as folder:
        program, reason = build_icet(folder)
        if not program:
            return print(f"composite: skipped, {reason}")
        print(f"{'ranks':>5} {'size':>10} {'coverage':>8} {'IceT ms':>9} {'ours ms':>9} {'ratio':>6} {'bytes':>6}")
        for ranks in options.ranks:
            for width, height in SIZES:
                for coverage in COVERAGES:
                    frames = str(options.frames)
                    ours, theirs, mine, other = turns(
                        options.rounds,
                        lambda: run(launcher(ranks) + [options.tessera, "bench", "composite", "--size", f"{width}x{height}", "--coverage", str(coverage), "--repeat", frames, "--threads", "1"]),
                        lambda: run(launcher(ranks) + [program, str(width), str(height), str(coverage), frames]))
                    share = mine["bytes_all_ranks"] / other["bytes_all_ranks"]
                    won = theirs / ours >= COMPOSITE_TIME and share <= COMPOSITE_BYTES
                    print(f"{ranks:5} {f'{width}x{height}':>10} {coverage:8} {theirs:9.2f} {ours:9.2f} {theirs / ours:6.2f} {share:6.2f}{'' if won else '  short'}", flush=True)
                    results.append({"workload": "composite", "ranks": ranks, "width": width, "height": height, "coverage": coverage,
                                    "peer_ms": theirs, "tessera_ms": ours, "ratio": theirs / ours, "bytes_ratio": share, "won": won})


def missing_of_paraview(words):
    """Why pvbatch cannot run scripts; a rank whose script ends early would leave the others waiting."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write("import paraview.simple\nprint('READY')\n")
        script.flush()
        try:
            done = subprocess.run(words + [script.name], capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            return "pvbatch does not start within two minutes"
    return None if "READY" in done.stdout else "pvbatch cannot import paraview.simple (Debian: python3-paraview)"


def race_frame(options, results):
    pvbatch = shutil.which("pvbatch")
    if not pvbatch:
        return print("frame: skipped, there is no pvbatch (ParaView)")
    display = ["xvfb-run", "-a"] if shutil.which("xvfb-run") else []
    reason = missing_of_paraview(display + [pvbatch, "--force-offscreen-rendering"])
    if reason:
        return print("frame: skipped, " + reason)
    frames = str(max(12, options.frames))
    ours, theirs, mine, other = turns(
        options.rounds,
        lambda: run(launcher(2) + [options.tessera, "bench", "frame", "wavelet:256", "--contour", "RTData=157", "--size", "1024x1024", "--repeat", frames, "--threads", "1"]),
        lambda: run(display + launcher(2) + [pvbatch, "--mpi", "--force-offscreen-rendering", os.path.join(HERE, "paraview_orbit.py"), "256", frames], "RESULT"))
    if abs(mine["primitives"] / other["triangles"] - 1) > 0.01:
        sys.exit(f"frame: {mine['primitives']} triangles here, {other['triangles']} there: not the same picture")
    won = theirs / ours >= FRAME_TIME
    print(f"frame: ParaView {theirs:.1f} ms, ours {ours:.1f} ms, ratio {theirs / ours:.1f}{'' if won else '  short'}")
    results.append({"workload": "frame", "ranks": 2, "peer_ms": theirs, "tessera_ms": ours, "ratio": theirs / ours, "won": won})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("races", nargs="*", choices=["composite", "frame", []], help="both by default")
    parser.add_argument("--tessera", required=True)
    parser.add_argument("--ranks", default="2,4,8", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--frames", default=20, type=int)
    parser.add_argument("--json", help="write the results to this file")
    options = parser.parse_args()
    options.tessera = os.path.abspath(options.tessera)
    results = []
    if not options.races or "composite" in options.races:
        race_composite(options, results)
    if not options.races or "frame" in options.races:
        race_frame(options, results)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)
    short = [result for result in results if not result["won"]]
    print(f"{len(results) - len(short)} of {len(results)} points won")
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
