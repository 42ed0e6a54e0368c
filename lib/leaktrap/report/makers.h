// Who made the leaks of a verdict, in words that are the same in every run.

#ifndef LEAKTRAP_REPORT_MAKERS_H_
#define LEAKTRAP_REPORT_MAKERS_H_

#include <string>
#include <vector>

#include "leaktrap/resource/identity.h"
#include "leaktrap/resource/resource.h"

namespace leaktrap::internal {

struct MadeByOne {
  std::string signature;  // "threads maker=app::Logger::Open", as a rule has it
  std::string place;      // "app/log.cc:17"; empty if no line is known

  std::vector<Identity> roots;  // of the findings: what has to be released
  std::vector<Identity> parts;  // what goes with them
  // Of each part: what its maker would be called if it were found alone.
  std::vector<std::string> part_signatures;
};

// One for each maker, in the order of FindingsOf().
std::vector<MadeByOne> MakersOf(const std::vector<Resource>& leaks);

}  // namespace leaktrap::internal

#endif  // LEAKTRAP_REPORT_MAKERS_H_
