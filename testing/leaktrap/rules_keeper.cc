#include "leaktrap/rules_keeper.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/check/built_in_rules.h"
#include "leaktrap/check/options.h"
#include "leaktrap/check/ratchet.h"
#include "leaktrap/check/rule_set.h"
#include "leaktrap/check/rules.h"
#include "leaktrap/check/rules_file.h"
#include "leaktrap/check/rules_text.h"
#include "leaktrap/free_descriptor.h"
#include "leaktrap/output_file.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/probe/proc_file.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/system/unseen_calls.h"
#include "leaktrap/variable.h"

namespace leaktrap::internal {
namespace {

constexpr size_t kShownRules = 20;
constexpr char kUpdate[] = "--leaktrap_update_rules";

bool IsOneShardOfSeveral() {
  return Variable("GTEST_TOTAL_SHARDS") != "" &&
         Variable("GTEST_TOTAL_SHARDS") != "1";
}

bool NeedsStacks(const FileRule& rule) {
  return rule.by == FileRule::By::kMaker || rule.by == FileRule::By::kCreator;
}

// Shards of one run change the same file; one is at it at a time. By the
// folder: the file itself is replaced.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path)
      : fd_(UnseenOpen(std::filesystem::path(path).parent_path().c_str(),
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    while (fd_ >= 0 && flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      // Where a file system knows no locks, the last one wins.
      if (errno != EWOULDBLOCK && errno != EINTR) break;
      if (tries_++ == kTries) break;
      std::this_thread::sleep_for(kPause);
    }
  }
  ~FolderLock() {
    if (fd_ >= 0) UnseenClose(fd_);
  }
  // Somebody holds it, and does not let go.
  bool is_taken() const { return tries_ > kTries; }

  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  static constexpr std::chrono::milliseconds kPause{5};
  static constexpr int kTries = 1'000;

  const int fd_;
  int tries_ = 0;
};

std::string Counted(int count, const char* what) {
  return absl::StrCat(count, count == 1 ? " rule " : " rules ", what);
}

std::string SummaryOf(const RulesTextChange& change) {
  std::vector<std::string> parts;
  if (change.added > 0) parts.push_back(Counted(change.added, "added"));
  if (change.raised > 0) parts.push_back(Counted(change.raised, "raised"));
  if (change.lowered > 0) parts.push_back(Counted(change.lowered, "lowered"));
  if (change.taken_out > 0) {
    parts.push_back(Counted(change.taken_out, "taken out"));
  }
  return parts.empty() ? "nothing to change" : absl::StrJoin(parts, ", ");
}

}  // namespace

void SettleRules(Options* options) {
  const auto& sets = options->rule_sets();
  if (options->rules_update() == RulesUpdate::kNone) {
    for (const auto& set : sets) {
      const std::string problem = ProblemOf(*set);
      if (!problem.empty()) options->AddError(problem);
    }
    return;
  }
  if (sets.size() != 1) {
    options->AddError(
        absl::StrCat(kUpdate, " needs one file of rules, and ",
                     sets.empty() ? "none is" : "several are",
                     " named; name one with --leaktrap_rules=PATH"));
    return;
  }
  const RuleSet& set = *sets.front();
  // One that has become clean is to stay so.
  if (!set.is_empty || options->rules_update() == RulesUpdate::kGrow) return;
  if (IsOneShardOfSeveral()) {
    options->AddError(absl::StrCat(
        kUpdate, ": ", set.path,
        " is not there or empty, and one shard cannot know whether another "
        "has begun it; write ",
        kUpdate, "=grow to have it filled"));
    return;
  }
  options->UpdateRules(RulesUpdate::kGrow);
}

std::string ListOfRules(const Options& options) {
  std::vector<std::string> lines = {"Rules of this program:"};
  for (const std::shared_ptr<RuleUse>& use : options.RuleUses()) {
    lines.push_back(absl::StrCat("  ", use->rule));
  }
  for (const auto& set : options.rule_sets()) {
    for (const FileRuleInForce& rule : set->rules) {
      if (!rule.rule.count.has_value()) continue;
      lines.push_back(absl::StrCat("  ", rule.use->rule));
    }
  }
  if (lines.size() == 1) lines.push_back("  none");
  lines.push_back(
      "Rules that Leaktrap brings; --leaktrap_disable_rules=NAME,... switches "
      "them off:");
  for (const BuiltInRule& rule : kBuiltInRules) {
    lines.push_back(absl::StrCat("  ", rule.name,
                                 options.is_disabled(rule.name) ? " (off)" : "",
                                 ": ", rule.what));
  }
  return absl::StrJoin(lines, "\n");
}

void RulesKeeper::Start(const Options& options, bool records_stacks) {
  options_ = options;
  notes_.clear();
  // Several files are read; each rule says where it stands.
  std::shared_ptr<RuleSet> all;
  bool has_makers = false;
  for (const auto& set : options.rule_sets()) {
    if (all == nullptr) all = std::make_shared<RuleSet>();
    all->rules.insert(all->rules.end(), set->rules.begin(), set->rules.end());
    for (const FileRuleInForce& rule : set->rules) {
      has_makers = has_makers || NeedsStacks(rule.rule);
    }
  }
  if (has_makers && !records_stacks) {
    notes_.push_back(
        "the rules with maker= and made_by= match nothing: who makes what is "
        "not recorded");
  }
  auto can_see = [options, records_stacks](const FileRule& rule) {
    if (NeedsStacks(rule) && !records_stacks) return false;
    return std::none_of(kAllKinds.begin(), kAllKinds.end(), [&](Kind kind) {
      return rule.kind.value_or(kind) == kind &&
             options.mode(kind) == Mode::kOff;
    });
  };
  ratchet_ = Ratchet(std::move(all), can_see);
}

std::string RulesKeeper::EndLastRound() {
  if (options_.rules_update() != RulesUpdate::kNone) return Write();
  return options_.strict() ? GoneText() : "";
}

std::string RulesKeeper::GoneText() const {
  const std::vector<RuleChange> gone = ratchet_.TooHigh();
  if (gone.empty()) return "";
  std::vector<std::string> lines = {absl::StrCat(
      gone.size(), gone.size() == 1 ? " rule knows" : " rules know",
      " more leaks than there are; take them out or lower them, or have it "
      "done by ",
      kUpdate, ":")};
  for (const RuleChange& change : gone) {
    if (lines.size() > kShownRules) {
      lines.push_back(
          absl::StrCat("  and ", gone.size() - kShownRules, " more"));
      break;
    }
    FileRule rule = change.rule;
    rule.count.reset();
    lines.push_back(absl::StrCat(
        "  ", change.where, ": ", Printable(RuleLine(rule)), ": ",
        change.found == 0
            ? "gone"
            : absl::StrCat("only ", change.found, " of ", *change.rule.count)));
  }
  return absl::StrJoin(lines, "\n");
}

std::vector<std::string> RulesKeeper::Notes() const {
  std::vector<std::string> notes = notes_;
  if (options_.rules_update() == RulesUpdate::kNone && !options_.strict()) {
    const std::string gone = GoneText();
    if (!gone.empty()) notes.push_back(gone);
  }
  return notes;
}

std::string RulesKeeper::Write() {
  std::vector<RuleChange> changes = ratchet_.TooHigh();
  if (options_.rules_update() == RulesUpdate::kGrow) {
    const std::vector<RuleChange> more = ratchet_.TooLow();
    changes.insert(changes.end(), more.begin(), more.end());
  }
  const RuleSet& set = *options_.rule_sets().front();
  const std::string& path = set.real_path;
  const FreeDescriptor descriptor;
  auto lock = std::make_unique<FolderLock>(path);
  if (lock->is_taken()) {
    return absl::StrCat(
        Printable(path),
        " was not written: another process holds a lock "
        "(flock(2)) on its folder; end that one, and run again");
  }
  // As it is now: other shards may have changed it.
  std::string text;
  bool was_read = ReadProcFile(path.c_str(), &text);
  if (!was_read && errno == EMFILE) {
    // The tests have left one descriptor, and the lock has it.
    lock.reset();
    was_read = ReadProcFile(path.c_str(), &text);
  }
  if (!was_read && errno != ENOENT) {
    return absl::StrCat(Printable(path), " cannot be read: ",
                        std::generic_category().message(errno));
  }
  const RulesTextChange change = ChangeRules(text, changes);
  if (change.text != text) {
    struct stat status;
    const int error = ReplaceFile(path, change.text, &status);
    if (error != 0) {
      return absl::StrCat(
          Printable(path), " cannot be written: ", WriteErrorText(error),
          "; under Bazel, run this test with `bazel run`, or with "
          "--strategy=TestRunner=local");
    }
  }
  notes_.push_back(absl::StrCat(Printable(set.path), ": ", SummaryOf(change)));
  return "";
}

}  // namespace leaktrap::internal
