// Reading /proc without disturbing the tests, also when no descriptor is left.

#ifndef LEAKTRAP_PROBE_PROC_FILE_H_
#define LEAKTRAP_PROBE_PROC_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace leaktrap::internal {

// Reads all of `path` into `*text`, of whatever length. False with errno set if
// it cannot be opened or read. When the process has no descriptor left, borrows
// the slot of the reserve (descriptor_reserve.h) for the time of the call.
bool ReadProcFile(const char* path, std::string* text);

// The same of a file that the kernel writes as one record, as all those about
// one thread are: what does not fill the room is the end, and need not be asked
// for.
bool ReadProcRecord(const char* path, std::string* text);

// Appends the entries of the directory `path` whose names are plain numbers.
// The descriptor that it is read through, if it is itself an entry (as in
// /proc/self/fd), is left out. False with errno set as above.
bool ListProcNumbers(const char* path, std::vector<uint64_t>* numbers);

// The text of the symbolic link `path`, of whatever length. Needs no
// descriptor. False with errno set if it cannot be read.
bool ReadProcLink(const char* path, std::string* text);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_PROBE_PROC_FILE_H_
