// Puts together, with IceT, the pictures that `tessera bench composite` puts together, and prints one JSON line.
//
// Every rank has a round picture of made-up depths and colours in a square footprint; all of it is handed over as full buffers and the
// footprint's box. Built and run by race.py.
#define _GNU_SOURCE
#include <IceT.h>
#include <IceTMPI.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    MPI_Init(&count, &arguments);
    if (count < 5) {
        fprintf(stderr, "usage: icet_picture WIDTH HEIGHT COVERAGE FRAMES\n");
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    int width = atoi(arguments[1]), height = atoi(arguments[2]), frames = atoi(arguments[4]), rank, ranks;
    double coverage = atof(arguments[3]);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);

    IceTCommunicator communicator = icetCreateMPICommunicator(MPI_COMM_WORLD);
    IceTContext context = icetCreateContext(communicator);
    icetDestroyMPICommunicator(communicator);
    icetResetTiles();
    icetAddTile(0, 0, width, height, 0);
    icetStrategy(ICET_STRATEGY_SEQUENTIAL);
    icetSingleImageStrategy(ICET_SINGLE_IMAGE_STRATEGY_RADIXK);
    icetCompositeMode(ICET_COMPOSITE_MODE_Z_BUFFER);
    icetSetColorFormat(ICET_IMAGE_COLOR_RGBA_UBYTE);
    icetSetDepthFormat(ICET_IMAGE_DEPTH_FLOAT);
    icetDisable(ICET_CORRECT_COLORED_BACKGROUND);
    icetDisable(ICET_ORDERED_COMPOSITE);
    icetEnable(ICET_INTERLACE_IMAGES);

    int shorter = width < height ? width : height, side = (int)(sqrt(coverage) * shorter);
    if (side < 1) side = 1;
    if (side > shorter) side = shorter;
    // CompositeBench.swift has the same places.
    unsigned state = 1234u + (unsigned)rank;
    int left = width > side ? rand_r(&state) % (width - side + 1) : 0;
    int top = height > side ? rand_r(&state) % (height - side + 1) : 0;
    int box[4] = {left, top, side, side};
    unsigned char *colors = calloc((size_t)width * height, 4);
    float *depths = malloc(sizeof(float) * width * height);
    for (long i = 0; i < (long)width * height; i++) depths[i] = 1;
    for (int y = top; y < top + side; y++) {
        for (int x = left; x < left + side; x++) {
            double dx = (x - left) * 2.0 / side - 1, dy = (y - top) * 2.0 / side - 1;
            if (dx * dx + dy * dy > 1) continue;
            long i = (long)y * width + x;
            depths[i] = 0.2f + 0.6f * (float)((x * 7 + y * 13 + rank * 31) % 101) / 101;
            colors[4 * i] = (unsigned char)(rank * 40);
            colors[4 * i + 1] = (unsigned char)x;
            colors[4 * i + 2] = (unsigned char)y;
            colors[4 * i + 3] = 255;
        }
    }

    double same[16] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    float background[4] = {0, 0, 0, 0};
    double *seconds = malloc(sizeof(double) * frames);
    for (int frame = -3; frame < frames; frame++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        icetCompositeImage(colors, depths, box, same, same, background);
        MPI_Barrier(MPI_COMM_WORLD);
        if (frame >= 0) seconds[frame] = MPI_Wtime() - start;
    }
    IceTInt sent = 0;
    icetGetIntegerv(ICET_BYTES_SENT, &sent);
    long long own = sent, all = 0;
    MPI_Reduce(&own, &all, 1, MPI_LONG_LONG, MPI_SUM, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        qsort(seconds, frames, sizeof(double), ascending);
        printf("{\"median_ms\": %.3f, \"least_ms\": %.3f, \"bytes_all_ranks\": %lld}\n", seconds[frames / 2] * 1e3, seconds[0] * 1e3, all);
    }
    icetDestroyContext(context);
    MPI_Finalize();
    return 0;
}
