// Something that tests can forget to close.

#ifndef EXAMPLES_FIRST_STEPS_SCRATCH_FILE_H_
#define EXAMPLES_FIRST_STEPS_SCRATCH_FILE_H_

#include <cstdio>

// A temporary file, open for writing. The caller closes it with fclose(3).
inline std::FILE* OpenScratchFile() { return std::tmpfile(); }

#endif  // EXAMPLES_FIRST_STEPS_SCRATCH_FILE_H_
