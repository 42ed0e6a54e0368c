// Leaktrap's flags, and their twins in the environment.
//
//   int main(int argc, char** argv) {
//     testing::InitGoogleTest(&argc, argv);
//     leaktrap::ParseFlags(&argc, argv);
//     return RUN_ALL_TESTS();
//   }
//
// They are read in any case; ParseFlags() takes them out of argv, so that a
// main that looks at what is left does not stumble over them.
//
//   --leaktrap_mode=report               every kind: off, report or fail
//   --leaktrap_mode=threads:off,descriptors:report
//   --leaktrap_failed_tests=report       what leaks of failed tests do
//   --leaktrap_skipped_tests=report      and those of skipped ones
//   --leaktrap_scopes=test,suite,program where it is looked without being asked
//   --leaktrap_linger=5s                 how long a difference may last
//   --leaktrap_wait_in_total=60s         in a run, for leaks that stay
//   --leaktrap_confirm=3                 run a leaking test again, alone
//   --leaktrap_strict                    rules that match nothing fail the run
//   --leaktrap_json=PATH                 the report as JSON too; empty for none
//   --leaktrap_tolerate=threads:2        leaks forgiven per scope, by count
//   --leaktrap_tolerate_in_total=threads:2  the same for the whole run
//   --leaktrap_ignore_thread=GLOB,...    by name
//   --leaktrap_ignore_descriptor=GLOB,...  by path or description
//   --leaktrap_ignore_connection=GLOB,...  by pool
//   --leaktrap_ignore_process=GLOB,...   by command
//   --leaktrap_ignore_created_by=GLOB,...  by a function that made it
//   --leaktrap_ignore_stack=GLOB,...     threads, by a function they are in
//   --leaktrap_rules=PATH                a file of rules, a line each
//   --leaktrap_update_rules=grow         brings that file up to date
//   --leaktrap_list_rules                prints all rules, and runs no test
//   --leaktrap_disable_rules=NAME,...    rules that Leaktrap brings
//   --leaktrap_report_runtime_threads    the C library's own and the like too
//   --leaktrap_record=calls              off, calls, stacks or releases
//
// LEAKTRAP_MODE=report and so on say the same; a flag wins over its twin. A
// flag may be given more than once. A comma cannot stand in a glob; `?` matches
// it. Kinds are threads, descriptors, connections, processes and others.
//
// A bad value, an unknown flag and an unknown variable fail the run; its
// tests run unchecked.

#ifndef LEAKTRAP_FLAGS_H_
#define LEAKTRAP_FLAGS_H_

#include "leaktrap/check/options.h"

namespace leaktrap {

// Takes Leaktrap's flags and removes them from argv. Call it after
// InitGoogleTest(). Where nobody calls it, flags are read from
// /proc/self/cmdline when the tests start.
void ParseFlags(int* argc, char** argv);

namespace internal {

Options OptionsFromEnvironment();
Options OptionsFromCommandLine();

}  // namespace internal

}  // namespace leaktrap

#endif  // LEAKTRAP_FLAGS_H_
