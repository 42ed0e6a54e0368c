#include "leaktrap/report/origin_text.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "leaktrap/check/verifier.h"
#include "leaktrap/probe/printable_text.h"
#include "leaktrap/report/duration_text.h"
#include "leaktrap/report/missing_lines.h"
#include "leaktrap/resource/kind.h"
#include "leaktrap/resource/origin.h"
#include "leaktrap/resource/resource.h"
#include "leaktrap/stack/frame.h"
#include "leaktrap/stack/stack_text.h"
#include "leaktrap/stack/symbolizer.h"

namespace leaktrap::internal {
namespace {

constexpr size_t kShown = 10;

std::string NewLine(int indent) {
  return absl::StrCat("\n", std::string(static_cast<size_t>(indent), ' '));
}

std::string StackText(const std::vector<uintptr_t>& stack, int indent) {
  const std::vector<Frame> frames = ReadableFrames(Symbolize(stack));
  if (frames.empty()) {
    return absl::StrCat(NewLine(indent),
                        "code that GoogleTest ran: its last call, which left "
                        "no frame (-fno-optimize-sibling-calls keeps it)");
  }
  std::string text;
  for (const std::string& line : StackLines(frames)) {
    absl::StrAppend(&text, NewLine(indent), Printable(line));
  }
  return text;
}

// What is known of a descriptor that is closed.
const char* TypeText(const Identity& descriptor) {
  switch (descriptor.stamp[2] & S_IFMT) {
    case S_IFREG:
      return "a file";
    case S_IFDIR:
      return "a directory";
    case S_IFSOCK:
      return "a socket";
    case S_IFIFO:
      return "a pipe";
    case S_IFCHR:
    case S_IFBLK:
      return "a device";
    default:
      return "an eventfd, epoll or the like";
  }
}

std::string MakerText(const Origin& made, int indent) {
  return made.sequence == 0 ? "" : OriginText(made, indent);
}

}  // namespace

std::string OriginText(const Origin& origin, int indent) {
  std::string text = NewLine(indent);
  if (origin.sequence == 0) return absl::StrCat(text, "origin not recorded");
  if (origin.call == "exec") {
    return absl::StrCat(text, "open since the program began");
  }
  if (origin.call == "checkout") {
    return absl::StrCat(text, "checked out at",
                        StackText(origin.stack, indent + 2));
  }
  const bool received = origin.call == "recvmsg" || origin.call == "recvmmsg";
  absl::StrAppend(&text, received ? "received by " : "made by ", origin.call,
                  "()");
  if (!origin.taken_by.empty()) {
    absl::StrAppend(&text, ", then taken over by ", origin.taken_by, "(),");
  }
  if (!origin.stack.empty()) {
    return absl::StrCat(text, " at", StackText(origin.stack, indent + 2));
  }
  absl::StrAppend(&text, " on thread ", origin.tid);
  if (origin.stack_was_lost) {
    absl::StrAppend(&text, "; there was no room left for its stack");
  }
  return text;
}

std::string DirtyReturnText(const Resource& resource, int indent) {
  std::string text;
  auto add = [&](const char* lead, const std::optional<Origin>& origin) {
    if (!origin.has_value()) return;
    absl::StrAppend(&text, NewLine(indent), lead,
                    StackText(origin->stack, indent + 2));
  };
  add("given back at", resource.origin);
  add("checked out at", resource.checked_out);
  return text;
}

std::string ActivityText(const Activity& now, int indent) {
  if (now.stack.empty()) {
    return now.why_not.empty()
               ? ""
               : absl::StrCat(NewLine(indent), "now: its stack is not known: ",
                              Printable(now.why_not));
  }
  std::string text = absl::StrCat(NewLine(indent), "now ");
  std::string call = LibraryCall(Symbolize(now.stack));
  if (call.empty()) call = now.syscall;
  if (!call.empty()) absl::StrAppend(&text, "in ", Printable(call), "() ");
  if (now.descriptor.has_value()) {
    absl::StrAppend(&text, "on descriptor ", *now.descriptor, " ");
  }
  return absl::StrCat(
      text, "at", now.certain < now.stack.size() ? " (by best effort)" : "",
      StackText(now.stack, indent + 2),
      now.is_complete ? "" : NewLine(indent + 2) + "... the rest is not known");
}

std::string ReleaseHint(const Resource& resource) {
  static const auto* const kByMaker = new std::map<std::string, const char*>{
      {"fopen", "close its stream (fclose(3))"},
      {"freopen", "close its stream (fclose(3))"},
      {"fdopen", "close its stream (fclose(3))"},
      {"tmpfile", "close its stream (fclose(3))"},
      {"opendir", "close its directory stream (closedir(3))"},
      {"fdopendir", "close its directory stream (closedir(3))"},
      {"mq_open", "close it (mq_close(3))"},
      {"sethostent", "endhostent(3)"},
      {"setnetent", "endnetent(3)"},
      {"setprotoent", "endprotoent(3)"},
      {"setservent", "endservent(3)"},
      {"setpwent", "endpwent(3)"},
      {"setgrent", "endgrent(3)"},
      {"setspent", "endspent(3)"},
      {"popen", "close its stream, which waits for the child (pclose(3))"},
  };
  if (!resource.origin.has_value()) return resource.release;
  const Origin& origin = *resource.origin;
  if (origin.is_detached) {
    return "tell it to end, and wait until it has; it is detached, so that "
           "nobody can join it";
  }
  const auto found =
      kByMaker->find(origin.taken_by.empty() ? origin.call : origin.taken_by);
  return found == kByMaker->end() ? resource.release : found->second;
}

std::string ForeignReleasesText(const std::string& owner,
                                const std::vector<ForeignRelease>& releases) {
  std::string text = absl::StrCat(
      owner, " closed ",
      CountOf(Kind::kDescriptor, static_cast<int>(releases.size())),
      " that it had not opened:");
  std::vector<std::vector<uintptr_t>> stacks;
  const size_t shown = std::min(releases.size(), kShown);
  for (size_t i = 0; i < shown; ++i) {
    const ForeignRelease& foreign = releases[i];
    absl::StrAppend(&text, "\n  descriptor ", foreign.identity.number, ", ",
                    TypeText(foreign.identity));
    if (!foreign.release.has_value()) continue;
    stacks.push_back(foreign.release->stack);
    absl::StrAppend(&text, MakerText(foreign.release->made, 4),
                    "\n    closed on thread ", foreign.release->tid, " at",
                    StackText(foreign.release->stack, 6));
  }
  if (shown < releases.size()) {
    absl::StrAppend(&text, "\n  and ", releases.size() - shown, " more");
  }
  return text + MissingLinesText(stacks);
}

std::string RepeatedReleasesText(const std::string& owner,
                                 const std::vector<Release>& releases) {
  std::string text = absl::StrCat(
      owner,
      " closed a descriptor that was closed already; whatever gets its number "
      "in between is lost:");
  std::vector<std::vector<uintptr_t>> stacks;
  const size_t shown = std::min(releases.size(), kShown);
  for (size_t i = 0; i < shown; ++i) {
    const Release& release = releases[i];
    stacks.push_back(release.stack);
    absl::StrAppend(&text, "\n  descriptor ", release.number,
                    MakerText(release.made, 4), "\n    closed first at",
                    StackText({release.first_at.value_or(0)}, 6),
                    "\n    and again, on thread ", release.tid, ", at",
                    StackText(release.stack, 6));
  }
  if (shown < releases.size()) {
    absl::StrAppend(&text, "\n  and ", releases.size() - shown, " more");
  }
  return text + MissingLinesText(stacks);
}

std::string LateReleasesText(const std::string& owner,
                             const std::vector<LateRelease>& releases) {
  const size_t shown = std::min(releases.size(), kShown);
  std::string text = absl::StrCat(owner, " saw these released late:");
  for (size_t i = 0; i < shown; ++i) {
    absl::StrAppend(&text, "\n  ", releases[i].text, ", left behind by ",
                    releases[i].owner, ", gone within ",
                    DurationText(releases[i].within), " of that");
  }
  if (shown < releases.size()) {
    absl::StrAppend(&text, "\n  and ", releases.size() - shown, " more");
  }
  return text;
}

void Prepare(const std::vector<const Resource*>& resources) {
  std::set<uintptr_t> addresses;
  auto add = [&addresses](const std::vector<uintptr_t>& stack) {
    addresses.insert(stack.begin(), stack.end());
  };
  for (const Resource* resource : resources) {
    if (resource->origin.has_value()) add(resource->origin->stack);
    if (resource->checked_out.has_value()) add(resource->checked_out->stack);
    if (resource->now.has_value()) add(resource->now->stack);
  }
  if (!addresses.empty()) Symbolize({addresses.begin(), addresses.end()});
}

}  // namespace leaktrap::internal
