// GoogleMock matchers for ChildResult. One that does not match prints the
// child's console.

#ifndef LEAKTRAP_TESTING_CHILD_CHILD_MATCHERS_H_
#define LEAKTRAP_TESTING_CHILD_CHILD_MATCHERS_H_

#include <string>
#include <vector>

#include "child/child_result.h"
#include "gmock/gmock.h"

namespace leaktrap::child {

using ChildMatcher = testing::Matcher<const ChildResult&>;
using TextMatcher = testing::Matcher<const std::string&>;
using FailuresMatcher = testing::Matcher<const std::vector<std::string>&>;

ChildMatcher ExitedWith(int exit_code);

// By a signal of its own; a child that was killed for its time-out does not
// match.
ChildMatcher KilledBy(int signal);

ChildMatcher TimedOut();

// Exited with 0, and its XML shows tests that ran and no failure anywhere.
ChildMatcher AllPassed();

// The test ran, was not skipped and has no failure.
ChildMatcher TestPassed(const std::string& full_name);

// The test was skipped and has no failure.
ChildMatcher TestSkipped(const std::string& full_name);

// The test has failures, at least one, and their texts match `failures`:
// ElementsAre(HasSubstr("1 thread")).
ChildMatcher TestFailed(const std::string& full_name,
                        const FailuresMatcher& failures = testing::_);

// The child left XML, and the failures that it raised outside tests match.
ChildMatcher FailuresOutsideTests(const FailuresMatcher& failures);

ChildMatcher Console(const TextMatcher& text);

}  // namespace leaktrap::child

#endif  // LEAKTRAP_TESTING_CHILD_CHILD_MATCHERS_H_
