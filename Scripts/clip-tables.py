#!/usr/bin/env python3
"""Writes Sources/Processing/Filters/Clip/ClipTableData.swift: how each kind of cell is cut, for each set of kept corners.

The parts of a cut cell must tile what is kept of it, and must meet the parts of its neighbours face to face. So:

1. Each face is cut by a rule that knows its own corners only. Of a quad, three kept corners a b c (b in the middle) leave the
   triangle a b c and the quad a c e f; two opposite ones leave two quads that meet in their diagonal where kept corners are joined,
   or two triangles where they are separated. A whole quad stays a quad.
2. The cut closes the kept part with loops of edge points. Loops of three or four points are faces like the others. A longer one of a
   pyramid is divided by the diagonal between cut edges that lead to the apex from opposite corners. So is the loop of a hexahedron
   that goes around a corner and its three neighbours, above the value: a quad, and a triangle at each of two edges that run in the
   direction `AROUND` of that corner. Any other is a fan around a centre, the mean of its points (in a hexahedron of its two ends
   where a face with two cuts lies between them). These choices are those that VTK's results show, so that volumes agree.
3. What is enclosed becomes one tetrahedron, pyramid, wedge or hexahedron if it is one; else such a part is split off where a triangle,
   or a quad that is flat in every parallelepiped, separates it; what remains is a cone from the centre to its faces
   (from one of its own points, where a hexahedron's loop was divided).
"""
import itertools
import random
import sys

SHAPES = {  # VTK's number: corners of a sample, faces (seen from outside, counter-clockwise)
    5: ([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)]),
    9: ([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [(0, 1, 2, 3)]),
    10: ([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], [(0, 1, 3), (1, 2, 3), (2, 0, 3), (0, 2, 1)]),
    12: ([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)],
         [(0, 4, 7, 3), (1, 2, 6, 5), (0, 1, 5, 4), (3, 7, 6, 2), (0, 3, 2, 1), (4, 5, 6, 7)]),
    13: ([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1)],  # turned as VTK measures wedges, and prisms
         [(0, 2, 1), (3, 4, 5), (0, 1, 4, 3), (1, 2, 5, 4), (2, 0, 3, 5)]),
    14: ([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (.5, .5, 1)],
         [(0, 3, 2, 1), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)]),
}
EDGES = {
    5: [(0, 1), (1, 2), (2, 0)],
    9: [(0, 1), (1, 2), (2, 3), (3, 0)],
    10: [(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)],
    12: [(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4), (0, 4), (1, 5), (2, 6), (3, 7)],
    13: [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)],
    14: [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4), (2, 4), (3, 4)],
}
# For each corner of a hexahedron the direction of the two edges at which the loop around it and its neighbours has triangles.
AROUND = "zyxzyxzz"
FIRST_EDGE, FIRST_CENTRE = 8, 20  # references: corner, 8 + edge, 20 + centre
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAMES = {5: "triangle", 9: "quad", 10: "tetrahedron", 12: "hexahedron", 13: "wedge", 14: "pyramid"}


def pairs(loop):
    return [(loop[i], loop[(i + 1) % len(loop)]) for i in range(len(loop))]


class Cut:
    """One kind of cell, one set of kept corners."""

    def __init__(self, kind, mask, joined):
        self.kind, self.mask, self.joined = kind, mask, joined
        self.corners, self.faces = SHAPES[kind]
        self.edge = {}
        for number, (a, b) in enumerate(EDGES[kind]):
            self.edge[a, b] = self.edge[b, a] = FIRST_EDGE + number
        self.centres = []
        self.samples = self.make_samples()

    def kept(self, corner):
        return self.mask >> corner & 1

    def face_parts(self, face):
        n = len(face)
        kept = [c for c in face if self.kept(c)]
        if len(kept) == n:
            return [tuple(face)], None
        if not kept:
            return [], None
        if n == 4 and len(kept) == 3:
            d = next(i for i in range(4) if not self.kept(face[i]))
            a, b, c, d = [face[(d + 1 + i) % 4] for i in range(4)]
            return [(a, b, c), (a, c, self.edge[c, d], self.edge[d, a])], None
        if n == 4 and len(kept) == 2 and self.kept(face[0]) == self.kept(face[2]):
            a, b, c, d = face if self.kept(face[0]) else face[1:] + face[:1]
            ab, bc, cd, da = self.edge[a, b], self.edge[b, c], self.edge[c, d], self.edge[d, a]
            if self.joined:
                return [(a, ab, bc, c), (a, c, cd, da)], {ab, bc, cd, da}
            return [(a, ab, da), (c, cd, bc)], {ab, bc, cd, da}
        part = []
        for a, b in pairs(face):
            if self.kept(a):
                part.append(a)
            if self.kept(a) != self.kept(b):
                part.append(self.edge[a, b])
        return [tuple(part)], None

    # Positions of references in sample cells, cut at random places, for the test that parts are the right way round.
    def make_samples(self):
        rng = random.Random(self.kind * 1000 + self.mask)
        samples = []
        for attempt in range(4000):  # planes that make this case
            normal = [rng.gauss(0, 1) for _ in range(3)]
            inner = [rng.random() for _ in range(3)]
            values = [sum(normal[k] * (p[k] - inner[k]) for k in range(3)) for p in self.corners]
            if all((v > 1e-3) == bool(self.kept(i)) and abs(v) > 1e-3 for i, v in enumerate(values)):
                samples.append(values)
                if len(samples) == 6:
                    break
        self.is_planar = bool(samples)
        if not samples:
            samples = [[(1 if self.kept(i) else -1) * rng.uniform(.8, 1.2) for i in range(len(self.corners))] for _ in range(4)]
        result = []
        for values in samples:
            at = {i: p for i, p in enumerate(self.corners)}
            for a, b in EDGES[self.kind]:
                if self.kept(a) != self.kept(b):
                    t = values[a] / (values[a] - values[b])
                    at[self.edge[a, b]] = tuple(self.corners[a][k] + t * (self.corners[b][k] - self.corners[a][k]) for k in range(3))
            result.append(at)
        return result

    def position(self, at, reference):
        if reference < FIRST_CENTRE:
            return at[reference]
        parents = self.centres[reference - FIRST_CENTRE]
        return tuple(sum(at[p][k] for p in parents) / len(parents) for k in range(3))

    def volume(self, at, part):
        kind, points = part
        total = 0
        for face in SHAPES[kind][1]:
            p = [self.position(at, points[i]) for i in face]
            fans = [(p[0], p[1], p[2])] if len(p) == 3 else [
                (p[0], p[1], p[2]), (p[0], p[2], p[3]), (p[0], p[1], p[3]), (p[1], p[2], p[3])]
            for a, b, c in fans:
                six = (a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]))
                total += six / 6 * (1 if len(p) == 3 else .5)
        return total

    def is_flat(self, quad):
        for at in self.samples:
            a, b, c, d = [self.position(at, r) for r in quad]
            u, v, w = [tuple(q[k] - a[k] for k in range(3)) for q in (b, c, d)]
            if abs(u[0] * (v[1] * w[2] - v[2] * w[1]) + u[1] * (v[2] * w[0] - v[0] * w[2]) + u[2] * (v[0] * w[1] - v[1] * w[0])) > 1e-9:
                return False
        return True

    def recognise(self, faces):
        """The VTK cell with exactly these faces, or None."""
        points = sorted({p for f in faces for p in f})
        quads = [f for f in faces if len(f) == 4]
        triangles = [f for f in faces if len(f) == 3]
        kind = {(4, 0, 4): 10, (5, 1, 4): 14, (6, 3, 2): 13, (8, 6, 0): 12}.get((len(points), len(quads), len(triangles)))
        if kind is None:
            return None
        wanted = {self.normal(f) for f in faces}
        # Corners 0.. of the cell's first face lie on some face, in its order; the others follow from edges.
        for face in sorted(faces):
            if len(face) != len(SHAPES[kind][1][-1 if kind == 12 else 0]):
                continue
            for turn in range(len(face)):
                turned = face[turn:] + face[:turn]
                for rest in itertools.permutations([p for p in points if p not in face]):
                    place = dict(zip(SHAPES[kind][1][0], turned))
                    others = [i for i in range(len(points)) if i not in place]
                    place.update(zip(others, rest))
                    if {self.normal(tuple(place[i] for i in f)) for f in SHAPES[kind][1]} == wanted:
                        return kind, tuple(place[i] for i in range(len(points)))
        return None

    @staticmethod
    def normal(face):
        i = face.index(min(face))
        return face[i:] + face[:i]

    def solid(self):
        rigid, lobes = [], []
        for face in self.faces:
            parts, saddle = self.face_parts(face)
            rigid += parts
            if saddle:
                lobes.append(saddle)
        directed = {e for f in rigid for e in pairs(f)}
        follow = {b: a for a, b in directed if (b, a) not in directed}
        loops = []
        while follow:
            start = min(follow)
            loop, at = [], start
            while at in follow:
                loop.append(at)
                at = follow.pop(at)
            loops.append(tuple(loop))
        self.has_divided_loop = False
        loops = [part for loop in loops for part in self.divided(loop)]
        everything = rigid + loops
        groups = []
        for face in everything:
            touching = [g for g in groups if g & set(face)]
            merged = set(face).union(*touching) if touching else set(face)
            groups = [g for g in groups if g not in touching] + [merged]
        parts = []
        for group in sorted(groups, key=min):
            faces = [f for f in rigid if set(f) <= group]
            own = [l for l in loops if set(l) <= group]
            large = [l for l in own if len(l) > 4]
            faces += [l for l in own if len(l) <= 4]
            cost, found = self.decompose(faces, large, lobes, 3)
            parts += self.place_centres(found)
        return parts

    def divided(self, loop):
        """A loop of more than four points as triangles and quads, or as it is."""
        if len(loop) > 4 and self.kind == 14:
            for i, j in itertools.combinations(range(len(loop)), 2):
                if {loop[i], loop[j]} in [{self.edge[0, 4], self.edge[2, 4]}, {self.edge[1, 4], self.edge[3, 4]}]:
                    return [loop[i:j + 1], loop[j:] + loop[:i + 1]]
        if len(loop) == 6 and self.kind == 12:
            above = {c for c in range(8) if self.kept(c) == self.joined}
            for corner in range(8):
                near = {"xyz"[k]: n for n in range(8) for k in range(3) if (corner, n) in self.edge
                        and self.corners[corner][k] != self.corners[n][k]}
                if above - {corner} != set(near.values()):
                    continue
                tips = []
                for n in set(near.values()) - {near[AROUND[corner]]}:
                    other = next(m for m in range(8) if (n, m) in self.edge and m != corner and (near[AROUND[corner]], m) in self.edge)
                    tips.append(self.edge[n, other])
                i, j = sorted(loop.index(t) for t in tips)
                assert j == i + 3
                self.has_divided_loop = True
                turned = loop[i:] + loop[:i]
                return [(turned[5], turned[0], turned[1]), turned[2:5], (turned[1], turned[2], turned[4], turned[5])]
        return [loop]

    def centre_parents(self, faces, large, lobes):
        if not large:
            return tuple(sorted({p for f in faces for p in f}))
        loop = large[0]
        if len(loop) >= 6 and self.kind == 12:
            for lobe in lobes:
                rest = [p for p in loop if p not in lobe]
                if len(lobe & set(loop)) == 4 and rest:
                    # The two ends of the saddle: runs of the loop between the points on that face.
                    i = next(i for i in range(len(loop)) if loop[i] in lobe and loop[i - 1] not in lobe)
                    runs, run = [], []
                    for p in loop[i:] + loop[:i]:
                        if p in lobe:
                            if run:
                                runs.append(run)
                            run = []
                        else:
                            run.append(p)
                    if run:
                        runs.append(run)
                    if len(runs) == 2:
                        n, m = len(runs[0]), len(runs[1])
                        return tuple(sorted(runs[0] * m + runs[1] * n))
        return tuple(sorted(loop))

    def decompose(self, faces, large, lobes, depth):
        """Parts of least cost; a part that needs a centre is ("cone", parents, faces)."""
        if not large:
            one = self.recognise(faces)
            if one:
                return 1, [one]
        parents = self.centre_parents(faces, large, lobes)
        best = (len(faces) + 2, [("cone", parents, faces)])
        if self.has_divided_loop:
            for apex in sorted({p for f in faces for p in f}):
                found = self.fan(faces, apex)
                if found and len(found) < best[0]:
                    best = (len(found), found)
        if depth == 0 or self.kind in (5, 9):
            return best
        neighbours = {}
        for f in faces + large:
            for a, b in pairs(f):
                neighbours.setdefault(a, set()).add(b)
                neighbours.setdefault(b, set()).add(a)
        known = {frozenset(f) for f in faces}
        for cycle in self.cycles(neighbours):
            if frozenset(cycle) in known or (len(cycle) == 4 and not self.is_flat(cycle)):
                continue
            sides = self.split(faces, large, cycle)
            if not sides:
                continue
            for (near, near_large), (far, far_large) in (sides, sides[::-1]):
                if near_large:
                    continue
                one = self.recognise(near)
                if not one or any(self.volume(at, one) < 1e-12 for at in self.samples):
                    continue
                cost, rest = self.decompose(far, far_large, lobes, depth - 1)
                if cost + 1 < best[0]:
                    best = (cost + 1, [one] + rest)
        return best

    def fan(self, faces, apex):
        """Pyramids and tetrahedra from one of the solid's own points to its faces, every quad at the point being the base of one."""
        parts, triangles = [], [f for f in faces if len(f) == 3 and apex not in f]
        for quad in [f for f in faces if len(f) == 4 and apex in f]:
            i = quad.index(apex)
            a, b, c = [quad[(i + k) % 4] for k in (1, 2, 3)]
            pair = [f for f in triangles if {a, b} <= set(f) or {b, c} <= set(f)]
            tips = {p for f in pair for p in f} - {a, b, c}
            if len(pair) != 2 or len(tips) != 1:
                return None
            triangles = [f for f in triangles if f not in pair]
            parts.append((14, self.oriented(14, quad, tips.pop())))
        parts += [(14, self.oriented(14, f, apex)) for f in faces if len(f) == 4 and apex not in f]
        parts += [(10, self.oriented(10, f, apex)) for f in triangles]
        return parts if all(self.volume(at, part) > 1e-12 for at in self.samples for part in parts) else None

    @staticmethod
    def cycles(neighbours):
        found = set()
        for a in sorted(neighbours):
            for b in sorted(neighbours[a]):
                for c in sorted(neighbours[b]):
                    if c == a:
                        continue
                    if a in neighbours[c] and a < b < c:
                        found.add((a, b, c))
                    for d in sorted(neighbours[c]):
                        if d not in (a, b) and a in neighbours[d] and a < min(b, c, d) and b < d:
                            found.add((a, b, c, d))
        return sorted(found, key=lambda c: (len(c), c))

    @staticmethod
    def split(faces, large, cycle):
        rim = {frozenset(e) for e in pairs(cycle)}
        everything = faces + large
        group = [None] * len(everything)
        count = 0
        for start in range(len(everything)):
            if group[start] is not None:
                continue
            if count == 2:
                return None
            stack = [start]
            group[start] = count
            while stack:
                face = everything[stack.pop()]
                mine = {frozenset(e) for e in pairs(face)} - rim
                for other in range(len(everything)):
                    if group[other] is None and mine & {frozenset(e) for e in pairs(everything[other])}:
                        group[other] = count
                        stack.append(other)
            count += 1
        if count != 2:
            return None
        sides = []
        for side in (0, 1):
            own = [f for i, f in enumerate(everything) if group[i] == side]
            directed = {e for f in own for e in pairs(f)}
            cap = tuple(cycle) if (cycle[1], cycle[0]) in directed else tuple(reversed(cycle))
            if any((b, a) not in directed or (a, b) in directed for a, b in pairs(cap)):
                return None
            sides.append(([f for f in own if f in faces] + [cap], [f for f in own if f in large]))
        return sides

    def place_centres(self, parts):
        result = []
        for part in parts:
            if part[0] != "cone":
                result.append(part)
                continue
            self.centres.append(part[1])
            centre = FIRST_CENTRE + len(self.centres) - 1
            for face in part[2]:
                if len(face) == 3:
                    result.append((10, self.oriented(10, face, centre)))
                else:
                    result.append((14, self.oriented(14, face, centre)))
        return result

    def oriented(self, kind, face, apex):
        base = next(f for f in SHAPES[kind][1] if (3 if kind == 10 else 4) not in f)
        points = dict(zip(base, face))
        points[3 if kind == 10 else 4] = apex
        return tuple(points[i] for i in range(len(points)))

    def parts(self):
        if self.kind in (5, 9):
            return [(5 if len(p) == 3 else 9, p) for p in self.face_parts(self.faces[0])[0]]
        found = self.solid()
        for at in self.samples:
            for part in found:
                if self.volume(at, part) < -1e-12 or (self.is_planar and self.volume(at, part) < 1e-12):
                    print("inverted part", NAMES[self.kind], bin(self.mask), self.joined, part, file=sys.stderr)
        return found


def encode(kind, mask, joined):
    if mask == 0:
        return "00"
    cut = Cut(kind, mask, joined)
    parts = cut.parts()
    text = DIGITS[len(parts)] + DIGITS[len(cut.centres)]
    for parents in cut.centres:
        text += DIGITS[len(parents)] + "".join(DIGITS[p] for p in parents)
    for part_kind, points in parts:
        text += DIGITS[part_kind] + "".join(DIGITS[p] for p in points)
    return text


def main():
    out = ["// Written by Scripts/clip-tables.py, which says how; do not edit.", "",
           "/// How cells are cut, as text: for each set of kept corners (bit i: corner i) one word of base-36 digits. First the number of parts and",
           "/// of centres; then each centre's parents (their number, then references); then each part (VTK's cell type, then references).",
           "/// A reference is a corner, 8 + an edge, or 20 + a centre.", "enum ClipTableData {"]
    for kind in SHAPES:
        for joined in (True, False):
            if not joined and kind in (5, 10):
                continue
            words = [encode(kind, mask, joined) for mask in range(1 << len(SHAPES[kind][0]))]
            lines, line = [], ""
            for word in words:
                if len(line) + len(word) + 1 > 120:
                    lines.append(line)
                    line = ""
                line += (" " if line else "") + word
            lines.append(line)
            name = NAMES[kind] + ("" if joined else "Separated")
            out.append(f'    static let {name}: StaticString = """')
            out += ["        " + l for l in lines]
            out.append('        """')
            print(name, len(words), "words,", sum(map(len, words)), "digits, most parts", max(DIGITS.index(w[0]) for w in words), file=sys.stderr)
    out.append("}")
    print("\n".join(out))


main()
