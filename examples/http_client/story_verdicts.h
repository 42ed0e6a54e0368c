// Whether a run of the leak stories went as it should.

#ifndef EXAMPLES_HTTP_CLIENT_STORY_VERDICTS_H_
#define EXAMPLES_HTTP_CLIENT_STORY_VERDICTS_H_

#include <string>
#include <vector>

#include "child/child_result.h"

namespace http_client {

// What all leaks lose alike, told by the text of a failure.
struct LostResources {
  bool thread = false;
  bool socket = false;  // with the server's address and the state
  bool lease = false;   // with the pool and the server's address

  bool all() const { return thread && socket && lease; }
};

// Pool and socket must name the same server.
LostResources ResourcesNamedBy(const std::string& failure);

struct StoryVerdicts {
  int leaks_caught = 0;
  int wastes_caught = 0;
  int twins_passed = 0;
  // One line for each test that did not go as it should, or for the run as a
  // whole. Empty when all is well.
  std::vector<std::string> complaints;

  StoryVerdicts& operator+=(const StoryVerdicts& other);
};

// Judges a run of `program`. A test of suite Leaking must have failed, and its
// failure must name all three resources; one of suite Wasting must have failed
// by a limit alone; one of suite Fixed must have passed. There must be some
// that failed and some that passed, no others, and the program must have exited
// with 1.
StoryVerdicts JudgeStories(const std::string& program,
                           const leaktrap::child::ChildResult& run);

}  // namespace http_client

#endif  // EXAMPLES_HTTP_CLIENT_STORY_VERDICTS_H_
