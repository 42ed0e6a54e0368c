// Broken ELF files.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "leaktrap/stack/symbol_table.h"
#include "leaktrap/system/fuzzing_for_test.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("symbol_table_fuzzer", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  FUZZ_CHECK(ftruncate(file, 0) == 0);
  FUZZ_CHECK(pwrite(file, data, size, 0) == static_cast<ssize_t>(size));
  const std::vector<uintptr_t> offsets = {0, 0x1000, 0x1010, 0x1040,
                                          UINTPTR_MAX};
  const std::vector<std::string> names =
      leaktrap::internal::FunctionSymbols(path, offsets);
  FUZZ_CHECK(names.size() == offsets.size());
  for (const std::string& name : names) {
    FUZZ_CHECK(name.size() <= size);
    FUZZ_CHECK(name.find('\0') == name.npos);
  }
  return 0;
}
