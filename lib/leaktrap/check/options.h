// What a scope forgives, demands and does.
//
//   leaktrap::Options()
//       .IgnoreThread("log-flush*", "lives as long as main")
//       .Tolerate(leaktrap::Kind::kDescriptor, 1, "the driver's lock file")
//       .MaxLeased("http", 4)
//       .Linger(std::chrono::seconds(5))
//
// Every rule that forgives has a reason; one without is refused. Globs are
// those of fnmatch(3): `*` matches any text, slashes and all.
//
// Options are given for the whole program (LeakEnvironment, flags) and for
// single scopes (VERIFY_NO_LEAKS), which take over those of the scopes around
// them. Patterns, limits and functions of all of them add up; of counts, modes
// and times the innermost wins, and for the whole program a flag wins.

#ifndef LEAKTRAP_CHECK_OPTIONS_H_
#define LEAKTRAP_CHECK_OPTIONS_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "leaktrap/check/rules.h"
#include "leaktrap/resource/kind.h"

namespace leaktrap {

// What becomes of a kind's leaks.
enum class Mode {
  kOff,     // not looked for
  kReport,  // printed; the test does not fail by them
  kFail,    // the test fails; the default
};

// How much is recorded of who creates and releases, where the recorder is
// linked in; each value is all of the one before and more.
enum class Record {
  kOff,
  kCalls,     // which function was called, by which thread
  kStacks,    // with the stack of each creating call; the default
  kReleases,  // with that of each releasing call too
};

// Whether a file of rules is brought up to date at the end of the run.
enum class RulesUpdate {
  kNone,    // the default
  kShrink,  // what is gone is taken out; a new file is filled
  kGrow,    // what is new is added, too
};

// Where it is looked without being asked. A resource is judged once, by the
// innermost scope that saw it come.
enum class Scope {
  // Each test: from before its fixture is made to after it is destroyed.
  kTest,
  // Each test suite: what SetUpTestSuite made and TearDownTestSuite kept.
  kSuite,
  // All tests: what environments and listeners made and kept. What was there
  // before RUN_ALL_TESTS() belongs to main, and is not judged.
  kProgram,
};

class Options {
 public:
  // Up to `n` leaks of `kind` in one scope are printed but do not fail. With
  // more than `n`, all of them are leaks. Scopes that a test opens within it,
  // and that have no count of their own, use this one up.
  Options& Tolerate(Kind kind, int n, std::string reason);

  // Up to `n` leaks of `kind` in the whole run are printed but do not fail. Of
  // use for the whole program only; what Tolerate forgives does not count.
  Options& TolerateInTotal(Kind kind, int n, std::string reason);

  // Threads whose name matches are left out. A name has at most 15 bytes; a
  // thread that was given none carries the program's.
  Options& IgnoreThread(std::string name_glob, std::string reason);

  // Descriptors whose path or description matches are left out: "/var/log/*",
  // "eventfd", "*TCP socket*:5432 *".
  Options& IgnoreDescriptor(std::string glob, std::string reason);

  // Leases of pools whose name matches are left out.
  Options& IgnoreConnection(std::string pool_glob, std::string reason);

  // Child processes whose command matches are left out. A command has at most
  // 15 bytes, without folder and arguments: "sh", "nginx*".
  Options& IgnoreProcess(std::string command_glob, std::string reason);

  // What is created by a function whose name matches, or below it, is left out,
  // of whatever kind: "*Logger::Open". Names are matched with their namespaces
  // and without parameters. Needs the recorder: without it, it leaves out
  // nothing.
  Options& IgnoreCreatedBy(std::string function_glob, std::string reason);

  // Threads that are now in a function whose name matches, or below it, are
  // left out: "*EventLoop::Run". Names are matched as above. A thread that runs
  // has no stack to match.
  Options& IgnoreStack(std::string function_glob, std::string reason);

  // A resource of `kind` whose name matches may take the place of one that was
  // there before: a log file that is rotated, a pool's worker that is renewed.
  // As many as are gone may be new.
  Options& AllowReplacement(Kind kind, std::string glob, std::string reason);

  // Takes the rules of a file, a line each (docs/rules.md). `path` is relative
  // to the folder in which the process is now. A rule with a count names known
  // leaks: up to so many in each test are printed and do not fail.
  Options& ReadRules(const std::string& path);

  // For the whole program. Brings the file of ReadRules() up to date: by the
  // tests that ran, and by known leaks only. There must be one such file; it
  // need not exist.
  Options& UpdateRules(RulesUpdate update);

  // For the whole program. Prints all rules that hold, and ends the process
  // where its tests would begin.
  Options& ListRules(bool list = true);

  // Switches off a rule that Leaktrap brings; --leaktrap_list_rules has their
  // names.
  Options& DisableRule(const std::string& name, bool disable = true);

  // Limits fail or are only printed as Kind::kConnection's mode says.
  //
  // At no time of the scope may a matching pool have more than `n` connections
  // leased at once, even if all of them are given back in the end. It fails
  // too when the pool cannot tell (ConnectionPool::TakePeakLeased).
  Options& MaxLeased(std::string pool_glob, int n);

  // At the end of the scope a matching pool may keep at most `n` idle
  // connections, unless it kept as many before.
  Options& MaxIdle(std::string pool_glob, int n);

  // During the scope a matching pool may throw away at most `n` connections:
  // those are lost for re-use, though nothing is outstanding.
  Options& MaxDiscarded(std::string pool_glob, int n);

  // How long a difference may take to go away. Waiting ends as soon as it is
  // gone, or when nothing can make it go away any more. The default is 2 s, and
  // more under sanitizers and Valgrind.
  Options& Linger(std::chrono::nanoseconds duration);

  // For the whole program. How long a run may wait in vain, for leaks that are
  // still there afterwards: 60 s by default. Once that is used up, each wait is
  // a twentieth of Linger. Waits after which nothing is left do not count.
  Options& WaitInTotal(std::chrono::nanoseconds duration);

  Options& SetMode(Kind kind, Mode mode);

  // For the whole program. What the leaks of a test do that has failed by
  // itself, or was skipped. kReport, the default: they are printed. kFail: they
  // fail it too, beside its first failure. kOff: it is not judged, and nothing
  // is waited for; what it left is nobody's.
  Options& IfTestFailed(Mode mode);
  Options& IfTestSkipped(Mode mode);

  // All three by default. Scopes that a test opens itself are always checked.
  Options& SetScopes(std::set<Scope> scopes);

  // A rule that matched nothing in the whole run fails it; otherwise it is only
  // listed. Rules are not missed in a run of some of the tests only (filter,
  // shards): the others may need them.
  Options& Strict(bool strict = true);

  // For the whole program. A test that leaks is run again, alone, in `rounds`
  // rounds of a process of its own: what it leaves only in the first of them is
  // made on first use, and does not fail it (docs/growth.md). At least 3, since
  // two cannot tell first use from every second time, and at most 1000; 0, the
  // default, for none.
  Options& Confirm(int rounds);
  static constexpr int kFewestConfirmRounds = 3;
  static constexpr int kMostConfirmRounds = 1000;

  // Threads that the C library or the kernel runs for itself (getaddrinfo_a(3),
  // aio(7), timers with SIGEV_THREAD, an io_uring's workers), and those that
  // OpenMP or oneTBB keeps asleep for the next parallel work, are neither
  // waited for nor reported, unless this is asked for. It disables all three
  // rules.
  Options& ReportRuntimeThreads(bool report = true);

  // For the whole program. A file that is to have the report as JSON too
  // (docs/json.md); none if `path` is empty. Under Bazel the default is
  // leaktrap.json among the test's outputs (TEST_UNDECLARED_OUTPUTS_DIR), else
  // none. In a run of shards each has a file of its own.
  Options& WriteJson(std::string path);

  // For the whole program. What was created before this is known has been
  // recorded by the default, or not at all if the environment says
  // LEAKTRAP_RECORD=off.
  Options& SetRecord(Record record);

  // Called where a scope ends, on its thread, before it is looked: to let go of
  // what is kept on purpose, such as a cache. What it throws fails the test.
  Options& BeforeCheck(std::function<void()> function);

  // Called once before the first snapshot: to make what is made on first use
  // and then kept, so that no test is blamed for it. What it throws fails the
  // run.
  Options& WarmUp(std::function<void()> function);

  // For Leaktrap itself: what rules' test patterns are matched against.
  Options& SetPlace(std::string place);

  // Lays `options` over these options.
  Options& Append(const Options& options);

  const std::vector<internal::IgnoreRule>& ignores() const {
    return said().ignores;
  }
  const std::vector<internal::ReplacementRule>& replacements() const {
    return said().replacements;
  }
  const std::vector<internal::PoolLimit>& limits() const {
    return said().limits;
  }
  const std::vector<std::shared_ptr<const internal::RuleSet>>& rule_sets()
      const {
    return said().rule_sets;
  }
  RulesUpdate rules_update() const {
    return said().rules_update.value_or(RulesUpdate::kNone);
  }
  bool lists_rules() const { return said().lists_rules.value_or(false); }
  bool is_disabled(const std::string& built_in_rule) const;
  // "Suite.Name" in a test, "Suite" in what a suite does outside its tests,
  // "(program)" outside of those; empty elsewhere.
  const std::string& place() const { return place_; }
  // A count of zero where there is no such rule.
  internal::Tolerance tolerance(Kind kind) const;
  internal::Tolerance tolerance_in_total(Kind kind) const;
  Mode mode(Kind kind) const;
  Mode if_test_failed() const {
    return said().if_test_failed.value_or(Mode::kReport);
  }
  Mode if_test_skipped() const {
    return said().if_test_skipped.value_or(Mode::kReport);
  }
  const std::set<Scope>& scopes() const;
  bool strict() const { return said().strict.value_or(false); }
  int confirm() const { return said().confirm.value_or(0); }
  // Nothing where the default holds.
  const std::optional<std::string>& json() const { return said().json; }
  Record record() const { return said().record.value_or(Record::kStacks); }
  // Nothing where the default holds.
  std::optional<std::chrono::nanoseconds> linger() const {
    return said().linger;
  }
  std::chrono::nanoseconds wait_in_total() const {
    return said().wait_in_total.value_or(std::chrono::seconds(60));
  }
  const std::vector<std::function<void()>>& before_check() const {
    return said().before_check;
  }
  const std::vector<std::function<void()>>& warm_up() const {
    return said().warm_up;
  }

  // Every rule that holds, for the list of those that matched nothing.
  std::vector<std::shared_ptr<internal::RuleUse>> RuleUses() const;

  // What was refused, a line each. Whoever uses the options fails by them.
  const std::vector<std::string>& errors() const { return said().errors; }
  Options& AddError(const std::string& error);

 private:
  using Tolerances = std::map<Kind, internal::Tolerance>;

  struct Said {
    std::vector<internal::IgnoreRule> ignores;
    std::vector<internal::ReplacementRule> replacements;
    std::vector<internal::PoolLimit> limits;
    std::vector<std::shared_ptr<const internal::RuleSet>> rule_sets;
    std::optional<RulesUpdate> rules_update;
    std::optional<bool> lists_rules;
    std::map<std::string, bool> disabled_rules;
    Tolerances tolerances;
    Tolerances tolerances_in_total;
    std::map<Kind, Mode> modes;
    std::optional<Mode> if_test_failed;
    std::optional<Mode> if_test_skipped;
    std::optional<std::set<Scope>> scopes;
    std::optional<bool> strict;
    std::optional<int> confirm;
    std::optional<std::string> json;
    std::optional<Record> record;
    std::optional<std::chrono::nanoseconds> linger;
    std::optional<std::chrono::nanoseconds> wait_in_total;
    std::vector<std::function<void()>> before_check;
    std::vector<std::function<void()>> warm_up;
    std::vector<std::string> errors;
  };

  Options& AddIgnore(const char* function, internal::IgnoreRule::By by,
                     Kind kind, std::string glob, std::string reason);
  Options& AddTolerance(const char* function, Kind kind, int n,
                        std::string reason, Tolerances* tolerances);
  void AddRuleSet(std::shared_ptr<const internal::RuleSet> set);
  Options& AddLimit(internal::PoolLimit::What what, std::string glob, int n);
  Options& SetTime(const char* function, std::chrono::nanoseconds duration,
                   std::optional<std::chrono::nanoseconds>* time);

  const Said& said() const;
  // Of these options alone. Scopes copy options at each test, and hardly ever
  // change them.
  Said& Change();

  std::shared_ptr<Said> said_;  // null: nothing was; shared by copies
  std::string place_;
};

}  // namespace leaktrap

#endif  // LEAKTRAP_CHECK_OPTIONS_H_
