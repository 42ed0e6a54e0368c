#include "leaktrap/check/options.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace leaktrap {

Options& Options::Tolerate(Kind kind, int n, std::string reason) {
  if (n < 0) {
    return AddError(
        absl::StrCat("Tolerate: the count is ", n, "; give one of at least 0"));
  }
  if (reason.empty()) {
    return AddError(absl::StrCat("Tolerate(", n,
                                 "): the reason is empty; say why these leaks "
                                 "are forgiven"));
  }
  tolerances_[kind] = {n, std::move(reason)};
  return *this;
}

Options& Options::IgnoreThread(std::string name_glob, std::string reason) {
  return AddIgnore("IgnoreThread", Kind::kThread, std::move(name_glob),
                   std::move(reason));
}

Options& Options::IgnoreDescriptor(std::string glob, std::string reason) {
  return AddIgnore("IgnoreDescriptor", Kind::kDescriptor, std::move(glob),
                   std::move(reason));
}

Options& Options::IgnoreConnection(std::string pool_glob, std::string reason) {
  return AddIgnore("IgnoreConnection", Kind::kConnection, std::move(pool_glob),
                   std::move(reason));
}

Options& Options::AddIgnore(const char* function, Kind kind, std::string glob,
                            std::string reason) {
  if (glob.empty()) {
    return AddError(
        absl::StrCat(function, ": the pattern is empty and matches nothing"));
  }
  if (reason.empty()) {
    return AddError(absl::StrCat(function, "(\"", glob,
                                 "\"): the reason is empty; say why these "
                                 "leaks are forgiven"));
  }
  ignores_.push_back({kind, std::move(glob), std::move(reason)});
  return *this;
}

Options& Options::Linger(std::chrono::nanoseconds duration) {
  if (duration.count() < 0) {
    return AddError(
        absl::StrCat("Linger: the time is ",
                     absl::FormatDuration(absl::FromChrono(duration)),
                     "; give one of at least 0"));
  }
  linger_ = duration;
  return *this;
}

Options& Options::SetMode(Kind kind, Mode mode) {
  modes_[kind] = mode;
  return *this;
}

Options& Options::Append(const Options& inner) {
  ignores_.insert(ignores_.end(), inner.ignores_.begin(), inner.ignores_.end());
  for (const auto& [kind, tolerance] : inner.tolerances_) {
    tolerances_[kind] = tolerance;
  }
  for (const auto& [kind, mode] : inner.modes_) modes_[kind] = mode;
  if (inner.linger_.has_value()) linger_ = inner.linger_;
  errors_.insert(errors_.end(), inner.errors_.begin(), inner.errors_.end());
  return *this;
}

Options::Tolerance Options::tolerance(Kind kind) const {
  auto found = tolerances_.find(kind);
  return found == tolerances_.end() ? Tolerance() : found->second;
}

Mode Options::mode(Kind kind) const {
  auto found = modes_.find(kind);
  return found == modes_.end() ? Mode::kFail : found->second;
}

Options& Options::AddError(std::string error) {
  errors_.push_back(std::move(error));
  return *this;
}

}  // namespace leaktrap
