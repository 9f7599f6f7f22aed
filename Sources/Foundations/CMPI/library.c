// Finds the functions and the constants of a loaded MPI.
#define _GNU_SOURCE
#include "calls.h"

#include <dlfcn.h>
#if defined(__linux__)
#include <link.h>
#endif
#include <stdio.h>
#include <string.h>

CMPICalls cmpi_calls;
CMPIConstants cmpi_table;
static CMPIFamily family;
static char path[4096];

static const CMPIConstants standard = {
    .world = 0x101, .noCommunicator = 0x100, .noRequest = 0x180, .noType = 0x200, .noInfo = 0x130, .byte = 0x247, .errorsReturn = 0x143,
    .types = {0x240, 0x248, 0x250, 0x258, 0x241, 0x249, 0x251, 0x259, 0x210, 0x214},
    .operations = {0x21, 0x24, 0x22, 0x23, 0x30, 0x31, 0x28, 0x29, 0x2a},
    .inPlace = 1, .anySource = -1, .anyTag = -2, .noProcess = -3, .undefined = -32766, .tagBoundKey = 501, .sharedMemory = 221,
    .threadLevels = {0, 1024, 2048, 4096}, .statusSource = 0, .statusTag = 4, .statusError = 8, .statusSize = 32, .statusCount = -1, .statusCountHigh = -1,
    .truncated = 15,
};

static const CMPIConstants mpich = {
    .world = 0x44000000, .noCommunicator = 0x04000000, .noRequest = 0x2c000000, .noType = 0x0c000000, .noInfo = 0x1c000000,
    .byte = 0x4c00010d, .errorsReturn = 0x54000001,
    .types = {0x4c000137, 0x4c000238, 0x4c000439, 0x4c00083a, 0x4c00013b, 0x4c00023c, 0x4c00043d, 0x4c00083e, 0x4c00040a, 0x4c00080b},
    .operations = {0x58000003, 0x58000004, 0x58000002, 0x58000001, 0x58000005, 0x58000007, 0x58000006, 0x58000008, 0x5800000a},
    .inPlace = (uintptr_t)-1, .anySource = -2, .anyTag = -1, .noProcess = -1, .undefined = -32766, .tagBoundKey = 0x64400001,
    .sharedMemory = 1, .threadLevels = {0, 1, 2, 3}, .statusSource = 8, .statusTag = 12, .statusError = 16, .statusSize = 20,
    .statusCount = 0, .statusCountHigh = 4, .truncated = 14, .processFailed = 101, .processFailedPending = 102, .revoked = 103,
};

// Handles are addresses, found by name.
static const CMPIConstants openMPI = {
    .inPlace = 1, .anySource = -1, .anyTag = -1, .noProcess = -2, .undefined = -32766, .tagBoundKey = 0, .sharedMemory = 0,
    .threadLevels = {0, 1, 2, 3}, .statusSource = 0, .statusTag = 4, .statusError = 8, .statusSize = 24, .statusCount = 16,
    .statusCountHigh = -1, .truncated = 15,
    .processFailed = 75, .processFailedPending = 76, .revoked = 77,
};

static bool fill_open_mpi(void *library, char *error, size_t errorSize) {
    static const char *const types[CMPI_TYPE_COUNT] = {"int8_t", "int16_t", "int32_t", "int64_t", "uint8_t",
                                                       "uint16_t", "uint32_t", "uint64_t", "float", "double"};
    static const char *const operations[CMPI_OPERATION_COUNT] = {"sum", "prod", "min", "max", "land", "lor", "band", "bor", "bxor"};
    struct { uintptr_t *place; const char *prefix, *name; } wanted[32] = {
        {&cmpi_table.world, "ompi_mpi_", "comm_world"}, {&cmpi_table.noCommunicator, "ompi_mpi_", "comm_null"},
        {&cmpi_table.noRequest, "ompi_", "request_null"}, {&cmpi_table.noType, "ompi_mpi_", "datatype_null"},
        {&cmpi_table.noInfo, "ompi_mpi_", "info_null"}, {&cmpi_table.byte, "ompi_mpi_", "byte"},
        {&cmpi_table.errorsReturn, "ompi_mpi_", "errors_return"},
    };
    int count = 7;
    for (int i = 0; i < CMPI_TYPE_COUNT; i++, count++) {
        wanted[count].place = &cmpi_table.types[i], wanted[count].prefix = "ompi_mpi_", wanted[count].name = types[i];
    }
    for (int i = 0; i < CMPI_OPERATION_COUNT; i++, count++) {
        wanted[count].place = &cmpi_table.operations[i], wanted[count].prefix = "ompi_mpi_op_", wanted[count].name = operations[i];
    }
    for (int i = 0; i < count; i++) {
        char symbol[64];
        snprintf(symbol, sizeof symbol, "%s%s", wanted[i].prefix, wanted[i].name);
        // A program that was linked with the library may hold the object itself (a copy relocation), and the library then uses that one.
        void *object = dlsym(RTLD_DEFAULT, symbol);
        *wanted[i].place = (uintptr_t)(object != NULL ? object : dlsym(library, symbol));
        if (*wanted[i].place == 0) {
            snprintf(error, errorSize, "the library has no %s", symbol);
            return false;
        }
    }
    cmpi_table.doneRequest = (uintptr_t)dlsym(library, "ompi_request_empty");
    return true;
}

bool cmpi_load(const char *name, bool onlyIfLoaded, char *error, size_t errorSize) {
    if (family != CMPIFamilyNone) return true;
    void *library = dlopen(name, RTLD_NOW | (onlyIfLoaded ? RTLD_NOLOAD : RTLD_GLOBAL));
    if (library == NULL) {
        const char *words = dlerror();
        snprintf(error, errorSize, "%s", words != NULL ? words : "not loaded");
        return false;
    }
    CMPICalls found;
#define CMPI_FIND(prefix, call, needed)                                             \
    *(void **)&found.call = dlsym(library, prefix #call);                           \
    if (needed && found.call == NULL) {                                             \
        snprintf(error, errorSize, "%s has no %s%s", name, prefix, #call);          \
        dlclose(library);                                                           \
        return false;                                                               \
    }
#define CMPI_FIND_CALL(call, arguments, needed) CMPI_FIND("MPI_", call, needed)
#define CMPI_FIND_EXTENSION(call, arguments, needed) CMPI_FIND("MPIX_", call, needed)
    CMPI_CALLS(CMPI_FIND_CALL)
    CMPI_EXTENSIONS(CMPI_FIND_EXTENSION)

    int major = 0, minor = 0;
    int (*version)(int *, int *) = (int (*)(int *, int *))dlsym(library, "MPI_Abi_get_version");
    if (version != NULL && version(&major, &minor) == 0 && major >= 1) {
        cmpi_table = standard;
        family = CMPIFamilyStandard;
    } else if (dlsym(library, "ompi_mpi_comm_world") != NULL) {
        cmpi_table = openMPI;
        if (!fill_open_mpi(library, error, errorSize)) {
            dlclose(library);
            return false;
        }
        family = CMPIFamilyOpenMPI;
    } else {
        cmpi_table = mpich;
        family = CMPIFamilyMPICH;
    }
    cmpi_calls = found;
#if defined(__linux__)
    struct link_map *map = NULL;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map != NULL && map->l_name != NULL && map->l_name[0] != 0) name = map->l_name;
#endif
    snprintf(path, sizeof path, "%s", name);
    return true;
}

const char *cmpi_path(void) { return path; }
CMPIFamily cmpi_family(void) { return family; }
const CMPIConstants *cmpi_constants(void) { return &cmpi_table; }

void cmpi_version_text(char *text, size_t size) {
    static char words[16384];
    int length = 0;
    if (MPI(Get_library_version)(words, &length) != 0) words[0] = 0;
    words[sizeof words - 1] = 0;
    snprintf(text, size, "%s", words);
}

bool cmpi_has_fault_tolerance(void) {
    return family == CMPIFamilyOpenMPI && MPI(Comm_revoke) != NULL && MPI(Comm_shrink) != NULL && MPI(Comm_get_failed) != NULL;
}
