#!/usr/bin/env python3
"""Writes every kind of dataset in every encoding with tessera and reads it with VTK, PyVista and meshio.

usage: matrix.py --tessera PATH [SUBSTRING]

Samples are made by VTK with every type of array. What tessera writes is read by each library and compared with the sample: points,
cells and arrays, bit by bit. `ok` is equal, `-` what a library cannot read (it says why below), `FAILED` a difference.
"""
import argparse, csv, itertools, os, subprocess, sys, tempfile, warnings

import meshio
import numpy as np
import pyvista
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

warnings.simplefilter("ignore")
vtk.vtkObject.GlobalWarningDisplayOff()


class Unreadable(Exception):
    """The library does not know this form of file."""


# Samples

def add(dataset_attributes, name, count, dtype, components, rng):
    dtype = np.dtype(dtype)
    shape = (count, components) if components > 1 else count
    if dtype.kind == "f":
        values = rng.normal(0, 1e3, shape).astype(dtype)
        flat = values.reshape(-1)
        # No -inf: VTK reads its own text of it as +inf.
        flat[:4] = [np.inf, -np.finfo(dtype).max, np.finfo(dtype).tiny / 4, -0.0][: flat[:4].size]
    else:
        info = np.iinfo(dtype)
        values = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    array = numpy_to_vtk(np.ascontiguousarray(values), deep=1)
    array.SetName(name)
    dataset_attributes.AddArray(array)
    return array


def fill(data, rich=True):
    """Arrays of every type for points and cells, strings and field data."""
    rng = np.random.default_rng(7)
    points, cells = data.GetPointData(), data.GetCellData()
    n, m = data.GetNumberOfPoints(), data.GetNumberOfCells()
    points.SetScalars(add(points, "float", n, "f4", 1, rng))
    points.SetVectors(add(points, "velocity", n, "f8", 3, rng))
    if not rich:
        return data
    for dtype in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"):
        add(points, "p " + dtype, n, dtype, 1, rng)
        add(cells, "c " + dtype, m, dtype, 2, rng)
    points.SetTensors(add(points, "tensor", n, "f4", 9, rng))
    cells.SetScalars(add(cells, "quality", m, "f8", 1, rng))
    named = add(cells, "named", m, "f4", 3, rng)
    for index, name in enumerate(("first", "second part", "third")):
        named.SetComponentName(index, name)
    ids = vtk.vtkIdTypeArray()
    ids.SetName("ids")
    for index in range(n):
        ids.InsertNextValue(index * 3)
    points.SetGlobalIds(ids)
    names = vtk.vtkStringArray()
    names.SetName("names")
    for index in range(m):
        names.InsertNextValue(f"cell {index} ä")
    cells.AddArray(names)
    field = vtk.vtkDoubleArray()
    field.SetName("about it")
    for value in (0.1, 1e-300, 3):
        field.InsertNextValue(value)
    data.GetFieldData().AddArray(field)
    notes = vtk.vtkStringArray()
    notes.SetName("notes")
    for text in ("one", "two words", "drei ß"):
        notes.InsertNextValue(text)
    data.GetFieldData().AddArray(notes)
    return data


def points(count, dtype="f4", seed=3):
    rng = np.random.default_rng(seed)
    result = vtk.vtkPoints()
    result.SetData(numpy_to_vtk(rng.normal(0, 10, (count, 3)).astype(dtype), deep=1))
    return result


def image(lower=(0, 0, 0)):
    data = vtk.vtkImageData()
    data.SetExtent(lower[0], lower[0] + 11, lower[1], lower[1] + 4, lower[2], lower[2] + 3)
    data.SetOrigin(0.1, -2, 1e-3)
    data.SetSpacing(0.3, 2, 0.7)
    return data


def rectilinear():
    data = vtk.vtkRectilinearGrid()
    data.SetDimensions(13, 8, 5)
    for setter, size in ((data.SetXCoordinates, 13), (data.SetYCoordinates, 8), (data.SetZCoordinates, 5)):
        setter(numpy_to_vtk(np.cumsum(np.random.default_rng(size).uniform(0.1, 1, size)), deep=1))
    return data


def structured():
    data = vtk.vtkStructuredGrid()
    data.SetDimensions(13, 8, 5)
    data.SetPoints(points(520, "f8"))
    return data


def grid(polyhedra=False, dtype="f4"):
    data = vtk.vtkUnstructuredGrid()
    data.SetPoints(points(30, dtype))
    cells = [(12, range(8)), (10, (8, 9, 10, 11)), (10, (11, 10, 9, 12)), (7, (0, 1, 2, 3, 4)), (1, (12,)), (4, (3, 4, 5)),
             (6, (1, 2, 3, 4)), (13, range(6)), (14, range(5, 10)), (8, (20, 21, 22, 23)), (11, range(20, 28)), (24, range(10, 20)),
             (2, (27, 28, 29))]
    for kind, ids in cells:
        ids = list(ids)
        data.InsertNextCell(kind, len(ids), ids)
    if polyhedra:
        faces = [[0, 1, 2], [0, 1, 3], [1, 2, 3], [0, 2, 3]]
        stream = vtk.vtkIdList()
        stream.InsertNextId(len(faces))
        for face in faces:
            stream.InsertNextId(len(face))
            for point in face:
                stream.InsertNextId(point)
        data.InsertNextCell(vtk.VTK_POLYHEDRON, stream)
    return data


def mesh(kind=10):
    """Cells of one type, which meshio knows."""
    data = vtk.vtkUnstructuredGrid()
    data.SetPoints(points(40, "f8"))
    size = 4 if kind == 10 else 3
    for index in range(20):
        ids = [(index * 7 + k * 3) % 40 for k in range(size)]
        data.InsertNextCell(kind, size, ids)
    return data


def poly():
    data = vtk.vtkPolyData()
    data.SetPoints(points(20))
    for setter, cells in ((data.SetVerts, [[0], [1, 2]]), (data.SetLines, [[0, 1], [2, 3, 4]]), (data.SetPolys, [[0, 1, 2], [3, 4, 5, 6]]),
                          (data.SetStrips, [[5, 6, 7, 8]])):
        lists = vtk.vtkCellArray()
        for cell in cells:
            lists.InsertNextCell(len(cell), cell)
        setter(lists)
    return data


def surface(triangles=True):
    """Triangles (and quads) with normals, texture coordinates and colours; every point is used, none twice in one place."""
    source = vtk.vtkSphereSource()
    source.SetThetaResolution(12)
    source.SetPhiResolution(7)
    if not triangles:
        source.LatLongTessellationOn()
    source.Update()
    data = vtk.vtkPolyData()
    data.CopyStructure(source.GetOutput())
    rng = np.random.default_rng(1)
    n = data.GetNumberOfPoints()
    data.GetPointData().SetNormals(source.GetOutput().GetPointData().GetNormals())
    for name, dtype, components in (("TCoords", "f4", 2), ("RGB", "u1", 3)):
        values = rng.random((n, components)).astype("f4") if dtype == "f4" else rng.integers(0, 256, (n, components)).astype("u1")
        array = numpy_to_vtk(values, deep=1)
        array.SetName(name)
        (data.GetPointData().SetTCoords if name == "TCoords" else data.GetPointData().SetScalars)(array)
    colors = numpy_to_vtk(rng.integers(0, 256, (data.GetNumberOfCells(), 3)).astype("u1"), deep=1)
    colors.SetName("RGB")
    data.GetCellData().SetScalars(colors)
    return data


def table():
    data = vtk.vtkTable()
    rng = np.random.default_rng(5)
    attributes = data.GetRowData()
    add(attributes, "whole", 9, "i4", 1, rng)
    add(attributes, "real, with a comma", 9, "f8", 1, rng)
    names = vtk.vtkStringArray()
    names.SetName("name")
    for index in range(9):
        names.InsertNextValue(f"row {index}, ä")
    data.AddColumn(names)
    return data


def blocks():
    data = vtk.vtkMultiBlockDataSet()
    data.SetBlock(0, fill(grid()))
    data.SetBlock(1, fill(image()))
    inner = vtk.vtkMultiBlockDataSet()
    inner.SetBlock(0, fill(poly()))
    inner.SetBlock(1, fill(structured()))
    data.SetBlock(2, inner)
    return data


def save(data, folder, name):
    """A sample as a file that tessera reads."""
    writers = {
        "vtkImageData": ("vti", vtk.vtkXMLImageDataWriter), "vtkRectilinearGrid": ("vtr", vtk.vtkXMLRectilinearGridWriter),
        "vtkStructuredGrid": ("vts", vtk.vtkXMLStructuredGridWriter), "vtkUnstructuredGrid": ("vtu", vtk.vtkXMLUnstructuredGridWriter),
        "vtkPolyData": ("vtp", vtk.vtkXMLPolyDataWriter), "vtkTable": ("vtk", vtk.vtkTableWriter),
        "vtkMultiBlockDataSet": ("vtm", vtk.vtkXMLMultiBlockDataWriter),
    }
    ending, kind = writers[data.GetClassName()]
    path = os.path.join(folder, f"{name}.{ending}")
    writer = kind()
    writer.SetFileName(path)
    writer.SetInputData(data)
    if ending == "vtk":
        writer.SetFileTypeToBinary()
    assert writer.Write() == 1, path
    return path


# Reading

XML_READERS = {
    "vti": vtk.vtkXMLImageDataReader, "vtr": vtk.vtkXMLRectilinearGridReader, "vts": vtk.vtkXMLStructuredGridReader,
    "vtu": vtk.vtkXMLUnstructuredGridReader, "vtp": vtk.vtkXMLPolyDataReader, "pvti": vtk.vtkXMLPImageDataReader,
    "pvtr": vtk.vtkXMLPRectilinearGridReader, "pvts": vtk.vtkXMLPStructuredGridReader, "pvtu": vtk.vtkXMLPUnstructuredGridReader,
    "pvtp": vtk.vtkXMLPPolyDataReader, "vtm": vtk.vtkXMLMultiBlockDataReader, "vtpc": vtk.vtkXMLPartitionedDataSetCollectionReader,
    "ply": vtk.vtkPLYReader, "stl": vtk.vtkSTLReader, "obj": vtk.vtkOBJReader, "nrrd": vtk.vtkNrrdReader, "mha": vtk.vtkMetaImageReader,
}


def read_vtk(path):
    ending = path.rsplit(".", 1)[1]
    if ending == "vtk":
        reader = vtk.vtkGenericDataObjectReader()
        for switch in ("Scalars", "Vectors", "Normals", "Tensors", "TCoords", "Fields", "ColorScalars"):
            getattr(reader, f"ReadAll{switch}On")()
    elif ending in ("csv", "tsv"):
        reader = vtk.vtkDelimitedTextReader()
        reader.SetHaveHeaders(True)
        reader.SetDetectNumericColumns(True)
        reader.SetUnicodeCharacterSet("UTF-8")
        reader.SetFieldDelimiterCharacters("\t" if ending == "tsv" else ",")
    else:
        reader = XML_READERS[ending]()
    failures = []
    reader.AddObserver("ErrorEvent", lambda *event: failures.append("error"))
    reader.SetFileName(path)
    reader.Update()
    if failures:
        raise AssertionError("VTK reports an error")
    return reader.GetOutput() if not hasattr(reader, "GetOutputDataObject") or ending != "vtk" else reader.GetOutputDataObject(0)


def read_pyvista(path):
    if path.endswith(".tsv"):
        raise Unreadable("no TSV reader")
    try:
        if path.endswith(".csv"):
            raise Unreadable("no CSV reader")
        return pyvista.read(path)
    except (ValueError, OSError, TypeError) as error:
        if any(text in str(error) for text in ("ileformat", "xtension", "not able to be automatically read")):
            raise Unreadable(f"no reader of .{path.rsplit('.', 1)[1]}")
        raise


def read_meshio(path):
    try:
        return meshio.read(path)
    except SystemExit:
        raise Unreadable("meshio ends the program")
    except Exception as error:
        raise Unreadable(f"{type(error).__name__}: {str(error)[:90]}")


# Comparing

def same(a, b, what):
    a, b = np.asarray(a), np.asarray(b)
    b = b.astype(b.dtype.newbyteorder("="), copy=False)
    if a.dtype.kind == "f" and b.dtype.kind == "f" and a.dtype != b.dtype:
        raise AssertionError(f"{what}: {a.dtype} became {b.dtype}")
    if a.shape != b.shape:
        raise AssertionError(f"{what}: shape {a.shape} became {b.shape}")
    if a.dtype.kind == "f":
        equal = np.array_equal(a.view(f"u{a.dtype.itemsize}") if a.dtype == b.dtype else a, np.ascontiguousarray(b).view(f"u{b.dtype.itemsize}"))
    else:
        equal = np.array_equal(a, b)
    if not equal:
        place = np.flatnonzero(np.ravel(a) != np.ravel(b))
        place = place[0] if len(place) else 0
        raise AssertionError(f"{what}: {np.ravel(a)[place]!r} became {np.ravel(b)[place]!r} at {place}")


def values(array):
    if isinstance(array, vtk.vtkStringArray):
        return [array.GetValue(i) for i in range(array.GetNumberOfValues())]
    return vtk_to_numpy(array)


def same_arrays(expected, found, what, only=None):
    for index in range(expected.GetNumberOfArrays()):
        array = expected.GetAbstractArray(index)
        name = array.GetName()
        if only and not only(array):
            continue
        other = found.GetAbstractArray(name)
        if other is None:
            raise AssertionError(f"{what} array {name} is missing")
        same(values(array), values(other), f"{what} array {name}")
        if array.HasAComponentName():
            for component in range(array.GetNumberOfComponents()):
                if array.GetComponentName(component) != other.GetComponentName(component):
                    raise AssertionError(f"component name {array.GetComponentName(component)} of {name} became {other.GetComponentName(component)}")


def cell_points(data):
    """Type and points of every cell, faces of polyhedra too."""
    result = []
    ids = vtk.vtkIdList()
    for index in range(data.GetNumberOfCells()):
        data.GetCellPoints(index, ids)
        kind = data.GetCellType(index)
        row = [kind] + [ids.GetId(i) for i in range(ids.GetNumberOfIds())]
        if kind == vtk.VTK_POLYHEDRON:
            row = [kind] + sorted(row[1:])
            data.GetFaceStream(index, ids)
            row += [ids.GetId(i) for i in range(ids.GetNumberOfIds())]
        result.append(row)
    return result


def compare(expected, found, exact=True):
    """Everything of two VTK objects; `exact`: also where a lattice begins."""
    if expected.GetClassName() == "vtkMultiBlockDataSet":
        leaves = [list(leaf_objects(d)) for d in (expected, found)]
        if len(leaves[0]) != len(leaves[1]):
            raise AssertionError(f"{len(leaves[0])} blocks became {len(leaves[1])}")
        for a, b in zip(*leaves):
            compare(a, b)
        return
    if expected.IsA("vtkTable"):
        same_arrays(expected.GetRowData(), found.GetRowData(), "row")
        return
    if expected.IsA("vtkImageData"):
        for axis in range(3):
            corner = [d.GetOrigin()[axis] + d.GetExtent()[2 * axis] * d.GetSpacing()[axis] for d in (expected, found)]
            if corner[0] != corner[1] or expected.GetSpacing()[axis] != found.GetSpacing()[axis]:
                raise AssertionError(f"origin or spacing: {corner}")
        if exact and expected.GetExtent() != found.GetExtent():
            raise AssertionError(f"extent: {expected.GetExtent()} became {found.GetExtent()}")
        if expected.GetDimensions() != found.GetDimensions():
            raise AssertionError(f"size: {expected.GetDimensions()} became {found.GetDimensions()}")
    elif expected.IsA("vtkRectilinearGrid"):
        for axis in "XYZ":
            same(vtk_to_numpy(getattr(expected, f"Get{axis}Coordinates")()), vtk_to_numpy(getattr(found, f"Get{axis}Coordinates")()), axis)
    else:
        same(vtk_to_numpy(expected.GetPoints().GetData()), vtk_to_numpy(found.GetPoints().GetData()), "points")
        a, b = cell_points(expected), cell_points(found)
        if a != b:
            place = next((i for i, (p, q) in enumerate(zip(a, b)) if p != q), min(len(a), len(b)))
            raise AssertionError(f"cells differ from {place} on: {a[place:place + 1]} became {b[place:place + 1]}")
    same_arrays(expected.GetPointData(), found.GetPointData(), "point")
    same_arrays(expected.GetCellData(), found.GetCellData(), "cell")
    same_arrays(expected.GetFieldData(), found.GetFieldData(), "field")


def leaf_objects(data):
    iterator = data.NewTreeIterator() if hasattr(data, "NewTreeIterator") else data.NewIterator()
    iterator.InitTraversal()
    while not iterator.IsDoneWithTraversal():
        yield iterator.GetCurrentDataObject()
        iterator.GoToNextItem()


MESHIO_TYPES = {"vertex": 1, "line": 3, "triangle": 5, "quad": 9, "tetra": 10, "hexahedron": 12, "wedge": 13, "pyramid": 14, "polygon": 7}


def compare_meshio(expected, found, arrays=True):
    coordinates = vtk_to_numpy(expected.GetPoints().GetData())
    # meshio has only float64 of some formats.
    same(coordinates, np.asarray(found.points).astype(coordinates.dtype), "points")
    cells = [[MESHIO_TYPES.get(block.type, 7)] + [int(p) for p in row] for block in found.cells for row in block.data]
    if sorted(map(str, cell_points(expected))) != sorted(map(str, cells)):
        raise AssertionError(f"cells differ: {len(cells)} of {expected.GetNumberOfCells()}")
    if not arrays:
        return
    attributes = expected.GetPointData()
    for index in range(attributes.GetNumberOfArrays()):
        array = attributes.GetArray(index)
        if array is None:
            continue
        if array.GetName() not in found.point_data:
            raise AssertionError(f"point array {array.GetName()} is missing")
        other = np.asarray(found.point_data[array.GetName()])
        mine = vtk_to_numpy(array)
        same(mine, other.reshape(mine.shape), f"point array {array.GetName()}")


def corners(data):
    """Coordinates of every corner of every polygon, in order."""
    coordinates = vtk_to_numpy(data.GetPoints().GetData()).astype("f4")
    return [coordinates[row[1:]].tolist() for row in cell_points(data)]


# The matrix

def xml_forms():
    forms = []
    for encoding in ("ascii", "base64", "appended-base64", "raw"):
        for compression in ("none",) if encoding == "ascii" else ("none", "zlib", "lz4", "lzma"):
            for header, order in itertools.product((32, 64), ("little", "big")):
                label = f"{encoding} {compression} {header} {order}"
                forms.append((label, ["--encoding", encoding, "--compression", compression, "--header-bits", str(header), "--byte-order", order]))
    return forms


LEGACY = [(f"{version} {encoding}", ["--legacy-version", version, "--encoding", encoding]) for version in ("5.1", "4.2") for encoding in ("raw", "ascii")]


class Matrix:
    def __init__(self, tessera, folder, wanted):
        self.tessera, self.folder, self.wanted = tessera, folder, wanted
        self.rows, self.notes, self.failed = [], {}, 0

    def write(self, source, target, options):
        for leftover in (target, target.rsplit(".", 1)[0]):
            subprocess.run(["rm", "-rf", leftover], check=True)
        done = subprocess.run([self.tessera, "convert", source, target, "--threads", "2", *options], capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise AssertionError(f"tessera: {done.stderr.strip()}")

    def row(self, label, source, ending, options, checks):
        """`checks`: for vtk, pyvista and meshio a function of what was read, or None where there is nothing to check."""
        if self.wanted and self.wanted not in label:
            return
        target = os.path.join(self.folder, "out." + ending)
        results = []
        if not self.rows:
            print(f"{'':45} vtk      pyvista  meshio")
        try:
            self.write(source, target, options)
        except AssertionError as error:
            self.failed += 1
            self.tell(label, [f"FAILED {error}"])
            return
        for library, read, check in zip(("vtk", "pyvista", "meshio"), (read_vtk, read_pyvista, read_meshio), checks):
            if check is None:
                results.append("-")
                continue
            try:
                check(read(target))
                results.append("ok")
            except Unreadable as reason:
                results.append("-")
                self.notes.setdefault((library, str(reason)), []).append(label)
            except Exception as error:
                self.failed += 1
                results.append(f"FAILED {type(error).__name__}: {error}"[:150])
        self.tell(label, results)

    def tell(self, label, results):
        self.rows.append((label, results))
        print(f"{label:45} " + " ".join(f"{r:8}" for r in results), flush=True)

    def report(self):
        for (library, reason), labels in self.notes.items():
            print(f"{library} does not read {len(labels)} ({labels[0]} …): {reason}")
        total = sum(r == "ok" for _, results in self.rows for r in results)
        print(f"{total} equal, {self.failed} failed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tessera", required=True)
    parser.add_argument("substring", nargs="?", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        m = Matrix(os.path.abspath(arguments.tessera), folder, arguments.substring)
        both = lambda data, **options: [lambda found: compare(data, found, **options)] * 2
        samples = {
            "image": fill(image()), "image-2,3,1": fill(image((-2, 3, 1))), "rectilinear": fill(rectilinear()), "structured": fill(structured()),
            "unstructured": fill(grid()), "polyhedra": fill(grid(True, "f8")), "poly": fill(poly()), "tetrahedra": fill(mesh(), rich=False),
        }
        sources = {name: save(data, folder, "sample-" + name) for name, data in samples.items()}
        # VTK XML: every kind, encoding, compression, header and byte order.
        for name, data in samples.items():
            ending = sources[name].rsplit(".", 1)[1]
            for label, options in xml_forms():
                known = (lambda found: compare_meshio(data, found)) if name == "tetrahedra" else None
                m.row(f"{name} .{ending} {label}", sources[name], ending, options, both(data) + [known])
            for pieces in ("1", "3"):
                # More than one piece of these come back with points merged: compared in tests of our own.
                if pieces == "1" or ending in ("vti", "vtr", "vts"):
                    m.row(f"{name} .p{ending} {pieces}", sources[name], "p" + ending, ["--pieces", pieces], both(data) + [None])
            for label, options in LEGACY:
                # Files of version 4.2 begin at 0, and have no place for the bits of 64-bit cells that VTK calls polyhedra.
                known = (lambda found: compare_meshio(data, found)) if name == "tetrahedra" else None
                m.row(f"{name} .vtk {label}", sources[name], "vtk", options, both(data, exact="4.2" not in label) + [known])
        data = table()
        source = save(data, folder, "sample-table")
        for label, options in LEGACY:
            m.row(f"table .vtk {label}", source, "vtk", options, both(data)[:1] + [None, None])
        for ending in ("csv", "tsv"):
            m.row(f"table .{ending}", source, ending, [], [lambda found: same_rows(data, found), None, None])
        data = blocks()
        source = save(data, folder, "sample-blocks")
        m.row("blocks .vtm", source, "vtm", [], both(data) + [None])

        # Formats of surfaces.
        for name, data in (("triangles", surface()), ("quads", surface(False))):
            source = save(data, folder, "sample-" + name)
            for label, options in (("binary", []), ("big", ["--byte-order", "big"]), ("ascii", ["--encoding", "ascii"])):
                m.row(f"{name} .ply {label}", source, "ply", options, both(data) + [lambda found: compare_meshio(data, found, arrays=False)])
            m.row(f"{name} .obj", source, "obj", [], [lambda found: same_corners(data, found)] * 2 + [lambda found: compare_meshio(data, found, arrays=False)])
            if name == "triangles":
                for label, options in (("binary", []), ("ascii", ["--encoding", "ascii"])):
                    m.row(f"{name} .stl {label}", source, "stl", options,
                          [lambda found: same_corners(data, found)] * 2 + [lambda found: same_meshio_corners(data, found)])

        # Formats of volumes: one array.
        for dtype, components, origin in (
            ("u1", 1, 1), ("i2", 1, 1), ("f4", 1, 1), ("f8", 1, 1), ("f4", 3, 1), ("f4", 3, 0), ("i4", 1, 1), ("u2", 1, 1)
        ):
            data = image()
            if not origin:
                data.SetOrigin(0, 0, 0)
            array = add(data.GetPointData(), "density", data.GetNumberOfPoints(), dtype, components, np.random.default_rng(2))
            data.GetPointData().SetScalars(array)
            source = save(data, folder, f"sample-{dtype}x{components}")
            for ending, forms in (
                ("nrrd", (("raw", ["--compression", "none"]), ("big", ["--compression", "none", "--byte-order", "big"]), ("gzip", []), ("ascii", ["--encoding", "ascii"]))),
                ("mha", (("raw", ["--compression", "none"]), ("big", ["--compression", "none", "--byte-order", "big"]), ("zlib", []))),
            ):
                for label, options in forms:
                    # VTK reads no text in NRRD, and loses the last axis where there are components and an origin.
                    known = ending != "nrrd" or (label != "ascii" and (components == 1 or not origin))
                    checks = [lambda found: same_volume(data, found)] * 2 if known else [None, None]
                    m.row(f"{dtype}x{components}{'' if origin else ' at 0'} .{ending} {label}", source, ending, options, checks + [None])

        # Points of a dataset as rows.
        data = samples["tetrahedra"]
        for ending in ("csv", "tsv"):
            m.row(f"points .{ending}", sources["tetrahedra"], ending, [], [lambda found: same_columns(data, found), None, None])
        m.report()
        sys.exit(1 if m.failed else 0)


def same_rows(expected, found):
    for index in range(expected.GetNumberOfColumns()):
        mine, other = expected.GetColumn(index), found.GetColumnByName(expected.GetColumnName(index))
        if other is None:
            raise AssertionError(f"column {expected.GetColumnName(index)} is missing")
        a, b = values(mine), values(other)
        same(a, np.asarray(b).astype(np.asarray(a).dtype), expected.GetColumnName(index))


def same_columns(expected, found):
    columns = {found.GetColumnName(i): values(found.GetColumn(i)) for i in range(found.GetNumberOfColumns())}
    coordinates = vtk_to_numpy(expected.GetPoints().GetData())
    for axis, name in enumerate("xyz"):
        same(np.ascontiguousarray(coordinates[:, axis]), np.asarray(columns[name]).astype(coordinates.dtype), name)
    velocity = vtk_to_numpy(expected.GetPointData().GetArray("velocity"))
    for component in range(3):
        same(np.ascontiguousarray(velocity[:, component]), np.asarray(columns[f"velocity:{component}"]).astype("f8"), f"velocity:{component}")


def same_corners(expected, found):
    if corners(expected) != corners(found):
        raise AssertionError("corners of polygons differ")


def same_meshio_corners(expected, found):
    mine = sorted(map(str, corners(expected)))
    other = sorted(str(np.asarray(found.points, dtype="f4")[row].tolist()) for block in found.cells for row in block.data)
    if mine != other:
        raise AssertionError("corners of polygons differ")


def same_volume(expected, found):
    if expected.GetDimensions() != found.GetDimensions():
        raise AssertionError(f"size: {expected.GetDimensions()} became {found.GetDimensions()}")
    for axis in range(3):
        if expected.GetSpacing()[axis] != found.GetSpacing()[axis] or expected.GetOrigin()[axis] != found.GetOrigin()[axis]:
            raise AssertionError(f"place: {expected.GetOrigin()} {expected.GetSpacing()} became {found.GetOrigin()} {found.GetSpacing()}")
    same(vtk_to_numpy(expected.GetPointData().GetScalars()), vtk_to_numpy(found.GetPointData().GetScalars()), "density")


if __name__ == "__main__":
    main()
