# Plain mpi4py ranks in one job with Swift ranks (Tests/MPI/Program/Foreign.swift): the same calls in the same order.
# Collectives have the types of their values on both sides; messages from rank to rank are bytes in Swift.
import sys

import numpy
from mpi4py import MPI

world = MPI.COMM_WORLD
rank, size = world.Get_rank(), world.Get_size()


def expect(holds, what):
    if not holds:
        print(f"wrong: rank {rank}, mpi4py: {what}", file=sys.stderr, flush=True)
        world.Abort(1)


for root in range(size):
    values = numpy.arange(1000, dtype="f8") + root if rank == root else numpy.zeros(1000)
    world.Bcast(values, root)
    expect((values == numpy.arange(1000) + root).all(), f"broadcast from {root}")

sums = numpy.zeros(3, "i8")
world.Allreduce(numpy.array([rank, 1, 10], "i8"), sums, MPI.SUM)
expect(list(sums) == [size * (size - 1) // 2, size, 10 * size], f"all-reduce {sums}")
greatest = numpy.zeros(1, "f4")
world.Allreduce(numpy.array([rank * 0.5], "f4"), greatest, MPI.MAX)
expect(greatest[0] == (size - 1) * 0.5, f"all-reduce {greatest}")

for root in range(size):
    gathered = numpy.zeros((size, 2), "i4")
    own = numpy.array([rank, rank * rank], "i4")
    world.Gather(own, gathered if rank == root else None, root)
    expect(rank != root or all(list(gathered[i]) == [i, i * i] for i in range(size)), f"gather to {root}: {gathered}")

part = world.Split(rank % 2, -rank)
members = [i for i in range(size) if i % 2 == rank % 2]
total = numpy.zeros(1, "i8")
part.Allreduce(numpy.array([rank], "i8"), total, MPI.SUM)
expect(part.Get_size() == len(members) and total[0] == sum(members), f"split: {part.Get_size()} ranks, {total}")

received = numpy.zeros(1, "i8")
sent = numpy.array([rank * 7], "i8")
world.Sendrecv([sent, MPI.BYTE], (rank + 1) % size, 3, [received, MPI.BYTE], (rank - 1) % size, 3)
expect(received[0] == (rank - 1) % size * 7, f"ring: {received}")
world.Barrier()
# One write, so that lines of ranks do not mix.
sys.stdout.write(f"ok rank {rank} of {size}, mpi4py {MPI.Get_library_version().splitlines()[0][:40]}\n")
sys.stdout.flush()
