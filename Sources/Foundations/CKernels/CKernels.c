// Header only; SwiftPM wants one compiled file in a C target.
#include "CKernels.h"
