// The peer of `MPIProgram speed`: the same messages in plain C. Prints one line for each: what, bytes, microseconds (one way, or one broadcast).
// Best of several batches, as the Swift side does it. With an argument MPI is told that the program has threads, of which one at a time calls it,
// as Tessera tells it; else that there is one thread.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double best_ping_pong(int rank, char *bytes, int count, int rounds, int batches) {
    double best = 1e9;
    for (int batch = 0; batch < batches; batch++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        for (int i = 0; i < rounds; i++) {
            if (rank == 0) {
                MPI_Send(bytes, count, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
                MPI_Recv(bytes, count, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            } else if (rank == 1) {
                MPI_Recv(bytes, count, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
                MPI_Send(bytes, count, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
            }
        }
        double time = (MPI_Wtime() - start) / rounds / 2;
        if (time < best) best = time;
    }
    return best;
}

// A round is a broadcast and an answer of one byte from the last rank, so that the whole way is timed.
static double best_broadcast(int rank, int size, char *bytes, int count, int rounds, int batches) {
    double best = 1e9;
    char answer = 0;
    for (int batch = 0; batch < batches; batch++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        for (int i = 0; i < rounds; i++) {
            MPI_Bcast(bytes, count, MPI_BYTE, 0, MPI_COMM_WORLD);
            if (size > 1 && rank == size - 1) MPI_Send(&answer, 1, MPI_BYTE, 0, 1, MPI_COMM_WORLD);
            if (size > 1 && rank == 0) MPI_Recv(&answer, 1, MPI_BYTE, size - 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
        double time = (MPI_Wtime() - start) / rounds;
        if (time < best) best = time;
    }
    return best;
}

int main(int argc, char **argv) {
    int rank, size, granted;
    if (argc > 1)
        MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &granted);
    else
        MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int counts[3] = {8, 64 << 10, 8 << 20}, rounds[3] = {2000, 500, 10}, batches[3] = {100, 20, 20};
    for (int i = 0; i < 3; i++) {
        char *bytes = malloc((size_t)counts[i]);
        memset(bytes, 1, (size_t)counts[i]);
        double ping = best_ping_pong(rank, bytes, counts[i], rounds[i], batches[i]);
        double broadcast = best_broadcast(rank, size, bytes, counts[i], rounds[i], batches[i]);
        if (rank == 0) printf("ping-pong %d %.3f\nbroadcast %d %.3f\n", counts[i], ping * 1e6, counts[i], broadcast * 1e6);
        free(bytes);
    }
    MPI_Finalize();
    return 0;
}
