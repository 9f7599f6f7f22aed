"""Times ParaView's frames of the wavelet isosurface while the camera goes round, the pixels on rank 0; prints one JSON line.

run: mpirun -n N pvbatch --mpi --force-offscreen-rendering paraview_orbit.py SIDE FRAMES     (by race.py)
"""
import json
import sys
import time

from paraview.simple import Contour, CreateRenderView, GetActiveCamera, Render, Show, Wavelet

side, frames = int(sys.argv[1]), int(sys.argv[2])
last = side - 1
wavelet = Wavelet(WholeExtent=[0, last, 0, last, 0, last], Center=[side / 2] * 3)
surface = Contour(Input=wavelet, ContourBy=["POINTS", "RTData"], Isosurfaces=[157.0])
view = CreateRenderView(ViewSize=[1024, 1024])
view.RemoteRenderThreshold = 0  # Always drawn by the ranks.
Show(surface, view)
Render(view)
camera = GetActiveCamera()
seconds = []
for _ in range(frames):
    camera.Azimuth(360 / frames)
    start = time.perf_counter()
    Render(view)
    seconds.append(time.perf_counter() - start)
seconds.sort()
result = {"median_ms": seconds[len(seconds) // 2] * 1e3, "least_ms": seconds[0] * 1e3}
print("RESULT " + json.dumps(dict(result, triangles=surface.GetDataInformation().GetNumberOfCells())), flush=True)
