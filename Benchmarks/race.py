#!/usr/bin/env python3
"""Races tessera against VTK: each workload in turn, on the same input, with the same number of threads.

usage: race.py --tessera PATH [--threads 2] [--size 256] [--repeat 5] [--json FILE] [WORKLOAD ...]

Every workload runs in a fresh process of each side, VTK first, so that peak memory can be compared too. A time is the best
of `repeat` runs with the input in memory. Counts and measures of the two results are checked against each other.
"""
import argparse, json, os, resource, subprocess, sys, tempfile, time

TEMPORARY = tempfile.gettempdir()
ZLIB = os.path.join(TEMPORARY, "tessera-race-zlib.vtu")
RAW = os.path.join(TEMPORARY, "tessera-race-raw.vtu")

# name: (least ratio that counts as won, what is compared: key, relative tolerance)
WORKLOADS = {
    "contour-image": (3.0, {"points": 0, "cells": 0, "area": 1e-4}),
    "contour-hexes": (3.0, {"cells": 0, "area": 1e-4}),
    "contour-tets": (3.0, {"cells": 2e-3, "area": 2e-3}),
    "slice-image": (2.0, {"area": 1e-4}),
    "slice-hexes": (2.0, {"area": 1e-4}),
    "threshold-hexes": (2.0, {"points": 0, "cells": 0, "volume": 1e-5}),
    "clip-hexes": (2.0, {"volume": 1e-5}),
    "clip-tets": (2.0, {"volume": 1e-5}),
    "surface-hexes": (5.0, {"points": 0, "cells": 0, "area": 1e-5}),
    "surface-tets": (5.0, {"points": 0, "cells": 0, "area": 1e-5}),
    "ghost-cells": (6.0, {"cells": 0}),
    "redistribute": (6.0, {"cells": 0}),
    "render-surface": (8.0, {"triangles": 0, "brightness": 5e-3}),
    "render-surface-colored": (8.0, {"triangles": 0, "brightness": 5e-3}),
    "render-translucent": (8.0, {"triangles": 0, "brightness": 5e-3}),
    "render-sphere-impostors": (15.0, {"points": 0}),
    "render-glyph-spheres": (15.0, {"points": 0}),
    "read-vtu-raw": (2.5, {"points": 0, "cells": 0}),
    "read-vtu-zlib": (2.5, {"points": 0, "cells": 0}),
    "write-vtu-zlib": (5.0, {"points": 0, "cells": 0}),
    "first-image": (4.0, {}),
}


def vtk_side(name, threads, size, repeat):
    """Runs one workload with VTK and prints one JSON line."""
    import numpy as np
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    vtk.vtkObject.GlobalWarningDisplayOff()
    vtk.vtkSMPTools.SetBackend("STDThread")
    vtk.vtkSMPTools.Initialize(threads)

    def wavelet(n):
        source = vtk.vtkRTAnalyticSource()
        source.SetWholeExtent(0, n - 1, 0, n - 1, 0, n - 1)
        source.SetCenter(n / 2, n / 2, n / 2)
        source.Update()
        return source.GetOutput()

    def hexes():
        grid = vtk.vtkAppendFilter()
        grid.AddInputData(wavelet(size // 2))
        grid.Update()
        return grid.GetOutput()

    def tets():
        split = vtk.vtkDataSetTriangleFilter()
        split.SetInputData(hexes())
        split.Update()
        return split.GetOutput()

    def isosurface():
        f = vtk.vtkFlyingEdges3D()
        f.SetInputData(wavelet(size))
        f.SetValue(0, 157.0)
        f.ComputeNormalsOn()
        f.Update()
        return f.GetOutput()

    def plane(data):
        p = vtk.vtkPlane()
        p.SetOrigin(data.GetCenter())
        p.SetNormal(1.0, 0.5, 0.25)
        return p

    def best(run, count=repeat):
        times = []
        for _ in range(count):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return min(times)

    def timed(algorithm):
        def again():
            algorithm.Modified()
            algorithm.Update()
        return best(again), algorithm.GetOutput()

    def measured(data):
        f = vtk.vtkCellSizeFilter()
        f.SetInputData(data)
        f.ComputeSumOn()
        f.Update()
        fields = f.GetOutput().GetFieldData()
        values = {n: fields.GetArray(n).GetTuple1(0) for n in ("Length", "Area", "Volume") if fields.GetArray(n)}
        result = {"points": data.GetNumberOfPoints(), "cells": data.GetNumberOfCells()}
        for key, value in values.items():
            if value:
                result[key.lower()] = abs(value)
        return result

    def contour(data, kind):
        f = kind()
        f.SetInputData(data)
        f.SetValue(0, 157.0)
        return f

    def window(width, height):
        w = vtk.vtkRenderWindow()
        w.SetOffScreenRendering(1)
        w.SetMultiSamples(0)
        w.SetSize(width, height)
        r = vtk.vtkRenderer()
        r.SetBackground(0.1, 0.1, 0.1)
        w.AddRenderer(r)
        return w, r

    def orbit(w, r, frames):
        r.ResetCamera()
        w.Render()
        camera = r.GetActiveCamera()
        pixels = vtk.vtkUnsignedCharArray()
        x, y = w.GetSize()
        times = []
        for _ in range(frames):
            camera.Azimuth(7)
            r.ResetCameraClippingRange()
            start = time.perf_counter()
            w.Render()
            w.GetRGBACharPixelData(0, 0, x - 1, y - 1, 1, pixels)
            times.append(time.perf_counter() - start)
            if len(times) == 1:
                brightness.append(float(vtk_to_numpy(pixels).reshape(-1, 4)[:, :3].mean()))
        return sorted(times)[len(times) // 2]

    def draw_surface(data, array):
        w, r = window(1920, 1080)
        m = vtk.vtkPolyDataMapper()
        m.SetInputData(data)
        if array:
            m.SetScalarModeToUsePointFieldData()
            m.SelectColorArray(array)
            m.SetScalarRange(*data.GetPointData().GetArray(array).GetRange())
        else:
            m.ScalarVisibilityOff()
        actor = vtk.vtkActor()
        actor.SetMapper(m)
        r.AddActor(actor)
        return orbit(w, r, 4 + repeat), {"triangles": data.GetNumberOfPolys(), "brightness": brightness[0]}

    def random_points(count):
        generator = np.random.default_rng(7)
        points = vtk.vtkPoints()
        points.SetData(numpy_to_vtk(generator.normal(0, 50, (count, 3)).astype(np.float32), deep=1))
        data = vtk.vtkPolyData()
        data.SetPoints(points)
        return data

    facts = {}
    brightness = []
    result = None
    if name == "contour-image":
        f = contour(wavelet(size), vtk.vtkFlyingEdges3D)
        f.ComputeNormalsOn()
        seconds, result = timed(f)
    elif name in ("contour-hexes", "contour-tets"):
        f = contour(hexes() if name.endswith("hexes") else tets(), vtk.vtkContour3DLinearGrid)
        f.SetInterpolateAttributes(True)
        f.SetComputeScalars(True)
        seconds, result = timed(f)
    elif name in ("clip-hexes", "clip-tets"):
        data = hexes() if name.endswith("hexes") else tets()
        f = vtk.vtkTableBasedClipDataSet()
        f.SetInputData(data)
        f.SetClipFunction(plane(data))
        seconds, result = timed(f)
    elif name in ("slice-image", "slice-hexes"):
        data = wavelet(size) if name.endswith("image") else hexes()
        f = vtk.vtkFlyingEdgesPlaneCutter() if name.endswith("image") else vtk.vtk3DLinearGridPlaneCutter()
        f.SetInputData(data)
        f.SetPlane(plane(data))
        seconds, result = timed(f)
    elif name == "threshold-hexes":
        f = vtk.vtkThreshold()
        f.SetInputData(hexes())
        f.SetLowerThreshold(100)
        f.SetUpperThreshold(180)
        f.SetThresholdFunction(vtk.vtkThreshold.THRESHOLD_BETWEEN)
        f.SetInputArrayToProcess(0, 0, 0, 0, "RTData")
        seconds, result = timed(f)
    elif name in ("surface-hexes", "surface-tets"):
        f = vtk.vtkGeometryFilter()
        f.SetInputData(hexes() if name.endswith("hexes") else tets())
        seconds, result = timed(f)
    elif name in ("ghost-cells", "redistribute"):
        f = vtk.vtkRedistributeDataSetFilter()
        f.SetInputData(hexes())
        f.SetNumberOfPartitions(8)
        f.SetPreservePartitionsInOutput(True)
        if name == "ghost-cells":
            f.Update()
            pieces = f.GetOutputDataObject(0)
            f = vtk.vtkGhostCellsGenerator()
            f.SetInputData(pieces)
            f.SetNumberOfGhostLayers(1)
            f.BuildIfRequiredOff()
        seconds, pieces = timed(f)
        facts = {"cells": f.GetOutputDataObject(0).GetNumberOfElements(vtk.vtkDataObject.CELL)}
    elif name == "render-surface":
        seconds, facts = draw_surface(isosurface(), None)
    elif name == "render-surface-colored":
        data = isosurface()
        heights = numpy_to_vtk(vtk_to_numpy(data.GetPoints().GetData())[:, 2].copy(), deep=1)
        heights.SetName("z")
        data.GetPointData().AddArray(heights)
        seconds, facts = draw_surface(data, "z")
    elif name == "render-translucent":
        w, r = window(1024, 768)
        w.SetAlphaBitPlanes(1)
        r.SetUseDepthPeeling(1)
        r.SetMaximumNumberOfPeels(100)
        r.SetOcclusionRatio(0)
        m = vtk.vtkPolyDataMapper()
        m.SetInputData(isosurface())
        m.ScalarVisibilityOff()
        actor = vtk.vtkActor()
        actor.SetMapper(m)
        actor.GetProperty().SetOpacity(0.4)
        r.AddActor(actor)
        seconds = orbit(w, r, 2)
        facts = {"triangles": m.GetInput().GetNumberOfPolys(), "brightness": brightness[0]}
    elif name == "render-glyph-spheres":
        w, r = window(1920, 1080)
        sphere = vtk.vtkSphereSource()
        sphere.SetThetaResolution(16)
        sphere.SetPhiResolution(8)
        sphere.SetRadius(0.3)
        m = vtk.vtkGlyph3DMapper()
        m.SetInputData(random_points(100000))
        m.SetSourceConnection(sphere.GetOutputPort())
        m.ScalingOff()
        actor = vtk.vtkActor()
        actor.SetMapper(m)
        r.AddActor(actor)
        seconds, facts = orbit(w, r, 2), {"points": 100000}
    elif name == "render-sphere-impostors":
        w, r = window(1920, 1080)
        m = vtk.vtkPointGaussianMapper()
        m.SetInputData(random_points(1000000))
        m.SetScaleFactor(0.3)
        m.EmissiveOff()
        m.SetSplatShaderCode(
            "//VTK::Color::Impl\nfloat d = dot(offsetVCVSOutput.xy, offsetVCVSOutput.xy);\n"
            "if (d > 1.0) { discard; } else { float s = 1.0 - d; ambientColor *= s; diffuseColor *= s; }\n")
        actor = vtk.vtkActor()
        actor.SetMapper(m)
        r.AddActor(actor)
        seconds, facts = orbit(w, r, 2), {"points": 1000000}
    elif name in ("read-vtu-raw", "read-vtu-zlib"):
        path = RAW if name.endswith("raw") else ZLIB
        last = []

        def read():
            f = vtk.vtkXMLUnstructuredGridReader()
            f.SetFileName(path)
            f.Update()
            last[:] = [f.GetOutput()]
        seconds = best(read)
        facts = {"points": last[0].GetNumberOfPoints(), "cells": last[0].GetNumberOfCells(), "bytes": os.path.getsize(path)}
    elif name == "write-vtu-zlib":
        data = hexes()
        path = os.path.join(TEMPORARY, "tessera-race-write-vtk.vtu")

        def write():
            f = vtk.vtkXMLUnstructuredGridWriter()
            f.SetInputData(data)
            f.SetFileName(path)
            f.SetDataModeToAppended()
            f.EncodeAppendedDataOff()
            f.Write()
        seconds = best(write, max(1, repeat // 2))
        facts = {"points": data.GetNumberOfPoints(), "cells": data.GetNumberOfCells(), "bytes": os.path.getsize(path)}
    elif name == "first-image":
        sphere = vtk.vtkSphereSource()
        sphere.SetThetaResolution(2001)
        sphere.SetPhiResolution(2000)
        w, r = window(1920, 1080)
        m = vtk.vtkPolyDataMapper()
        m.SetInputConnection(sphere.GetOutputPort())
        actor = vtk.vtkActor()
        actor.SetMapper(m)
        r.AddActor(actor)
        w.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(w)
        grab.ReadFrontBufferOff()
        png = vtk.vtkPNGWriter()
        png.SetFileName(os.path.join(TEMPORARY, "tessera-race-first-vtk.png"))
        png.SetInputConnection(grab.GetOutputPort())
        png.Write()
        seconds = 0.0
    elif name == "prepare":
        data = hexes()
        for path, compress in ((RAW, False), (ZLIB, True)):
            f = vtk.vtkXMLUnstructuredGridWriter()
            f.SetInputData(data)
            f.SetFileName(path)
            f.SetDataModeToAppended()
            f.EncodeAppendedDataOff()
            f.SetCompressorTypeToZLib() if compress else f.SetCompressorTypeToNone()
            f.Write()
        seconds = 0.0
    else:
        raise SystemExit("no workload named " + name)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if result is not None:
        facts = measured(result)
    print(json.dumps({"workload": name, "seconds": seconds, "peak_bytes": peak, **facts}), flush=True)


def run_line(command):
    """Runs a command and returns its last line as JSON, and its wall seconds."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    wall = time.perf_counter() - start
    if done.returncode != 0:
        raise RuntimeError("%s ended with code %d" % (" ".join(command), done.returncode))
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return (json.loads(lines[-1]) if lines else {}), wall


def first_image(options, me):
    """Process start to a PNG of 8 M triangles on the disk."""
    picture = os.path.join(TEMPORARY, "tessera-race-first.png")
    theirs, ours = [], []
    peaks = [0, 0]
    for _ in range(options.repeat):
        line, wall = run_line(me + ["first-image"])
        theirs.append(wall)
        peaks[0] = max(peaks[0], line["peak_bytes"])
        start = time.perf_counter()
        child = subprocess.Popen(
            [options.tessera, "render", "sphere:2001x2000", "-o", picture, "--size", "1920x1080", "--threads", str(options.threads)],
            stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            raise RuntimeError("tessera render failed")
        ours.append(time.perf_counter() - start)
        peaks[1] = max(peaks[1], usage.ru_maxrss * 1024)
    return {"seconds": min(theirs), "peak_bytes": peaks[0]}, {"seconds": min(ours), "peak_bytes": peaks[1]}


def compare(rules, theirs, ours):
    """What differs more than it may."""
    wrong = []
    for key, tolerance in rules.items():
        a, b = theirs.get(key), ours.get(key)
        if a is None or b is None or abs(a - b) > tolerance * abs(a):
            wrong.append("%s: VTK %s, tessera %s" % (key, a, b))
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*")
    parser.add_argument("--tessera", default=".build/release/tessera")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", help="write all figures to this file")
    parser.add_argument("--vtk-side", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.vtk_side:
        vtk_side(options.workloads[0], options.threads, options.size, options.repeat)
        return 0
    me = [sys.executable, os.path.abspath(__file__), "--vtk-side", "--threads", str(options.threads), "--size", str(options.size),
          "--repeat", str(options.repeat)]
    names = options.workloads or list(WORKLOADS)
    unknown = [name for name in names if name not in WORKLOADS]
    if unknown:
        raise SystemExit("no workload named %s; there are %s" % (", ".join(unknown), ", ".join(WORKLOADS)))
    if any(name.startswith("read-vtu") for name in names):
        run_line(me + ["prepare"])
    print("%-24s %10s %10s %7s %6s %11s %11s %6s  %s" % (
        "workload", "VTK ms", "tessera ms", "ratio", "must", "VTK MB", "tessera MB", "ratio", "results"))
    rows, failed = [], False
    for name in names:
        must, rules = WORKLOADS[name]
        try:
            if name == "first-image":
                theirs, ours = first_image(options, me)
            else:
                theirs, _ = run_line(me + [name])
                extra = ["--input", RAW if name.endswith("raw") else ZLIB] if name.startswith("read-vtu") else []
                ours, _ = run_line([options.tessera, "bench", name, "--json", "--threads", str(options.threads), "--size",
                                    str(options.size), "--repeat", str(options.repeat)] + extra)
        except RuntimeError as error:
            print("%-24s %s" % (name, error))
            failed = True
            continue
        wrong = compare(rules, theirs, ours)
        ratio = theirs["seconds"] / ours["seconds"]
        memory = ours["peak_bytes"] / theirs["peak_bytes"]
        failed |= bool(wrong) or ratio < must or memory > 1
        rows.append({"workload": name, "vtk": theirs, "tessera": ours, "ratio": ratio, "must": must, "memory_ratio": memory})
        print("%-24s %10.2f %10.2f %6.1fx %5.1fx %11.0f %11.0f %5.2fx  %s" % (
            name, theirs["seconds"] * 1e3, ours["seconds"] * 1e3, ratio, must, theirs["peak_bytes"] / 1e6, ours["peak_bytes"] / 1e6,
            memory, "; ".join(wrong) or "equal"), flush=True)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(rows, file, indent=1)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
