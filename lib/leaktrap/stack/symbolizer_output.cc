#include "leaktrap/stack/symbolizer_output.h"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "leaktrap/stack/function_name.h"
#include "leaktrap/stack/source_path.h"

namespace leaktrap::internal {
namespace {

using Answers = std::vector<std::vector<Frame>>;

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// The lines of a text, one after the other.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }

  // nullopt at the end, for a line that was cut, and for one that no
  // symbolizer writes.
  std::optional<std::string_view> Next() {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    for (const unsigned char c : line) {
      if (c < ' ' || c == 0x7f) return std::nullopt;
    }
    rest_.remove_prefix(end + 1);
    return line;
  }

  // Whether the next line starts with `start`.
  bool NextIs(std::string_view start) const { return StartsWith(rest_, start); }

 private:
  std::string_view rest_;
};

// Takes ":NUMBER" or ":?" off the end of `*text`; false if there is neither.
bool TakeNumber(std::string_view* text, int* number) {
  const size_t colon = text->rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view digits = text->substr(colon + 1);
  *number = 0;
  if (digits != "?") {
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, *number);
    if (error != std::errc() || stop != end || *number < 0) return false;
  }
  text->remove_suffix(digits.size() + 1);
  return true;
}

// Two lines, "function" and "file:line[:column][ (discriminator N)]".
// `has_column` is LLVM's form.
bool ReadFrame(Lines* lines, bool has_column, Frame* frame) {
  const std::optional<std::string_view> function = lines->Next();
  std::optional<std::string_view> place = lines->Next();
  if (!function || function->empty() || !place) return false;
  constexpr std::string_view kDiscriminator = " (discriminator ";
  const size_t discriminator = place->rfind(kDiscriminator);
  if (discriminator != std::string_view::npos) {
    place = place->substr(0, discriminator);
  }
  int column = 0;
  if (has_column && !TakeNumber(&*place, &column)) return false;
  int line = 0;
  if (!TakeNumber(&*place, &line)) return false;
  if (*function != "??") frame->function = std::string(*function);
  // A file without a line is where an editor cannot go.
  if (*place != "??" && line > 0) {
    frame->file = SourcePath(*place);
    frame->line = frame->file.empty() ? 0 : line;
  }
  return true;
}

void Finish(std::vector<Frame>* frames) {
  for (size_t i = 0; i < frames->size(); ++i) {
    Frame& frame = (*frames)[i];
    frame.inlined = i + 1 < frames->size();
    frame.function = Demangle(frame.function);
  }
}

// Where the compiler wrote no linkage names (g++ -g1), addr2line gives the
// innermost inlined function the symbol of the one that holds them all.
void GiveSymbolToItsOwner(std::vector<Frame>* frames) {
  if (frames->size() < 2) return;
  std::string& innermost = frames->front().function;
  std::string& outermost = frames->back().function;
  if (StartsWith(innermost, "_Z") && !StartsWith(outermost, "_Z")) {
    outermost = std::exchange(innermost, std::string());
  }
}

// Where there is no debug information, addr2line takes the next symbol below,
// also one that ends before: any function of a stripped library would have a
// wrong name. The module's symbol table is asked in its place.
void DropNameWithoutLine(std::vector<Frame>* frames) {
  if (frames->size() == 1 && frames->front().file.empty()) {
    frames->front().function.clear();
  }
}

}  // namespace

std::optional<Answers> ReadLlvmSymbolizerOutput(std::string_view output,
                                                size_t questions) {
  Answers answers;
  Lines lines(output);
  while (!lines.AtEnd()) {
    std::vector<Frame> frames;
    while (!lines.NextIs("\n")) {
      Frame frame;
      if (!ReadFrame(&lines, /*has_column=*/true, &frame)) return std::nullopt;
      frames.push_back(std::move(frame));
    }
    lines.Next();
    if (frames.empty()) return std::nullopt;
    Finish(&frames);
    answers.push_back(std::move(frames));
  }
  if (answers.size() != questions) return std::nullopt;
  return answers;
}

std::optional<Answers> ReadAddr2lineOutput(std::string_view output,
                                           size_t questions) {
  constexpr std::string_view kAddress = "0x";
  Answers answers;
  Lines lines(output);
  while (!lines.AtEnd()) {
    if (!lines.NextIs(kAddress) || !lines.Next()) return std::nullopt;
    std::vector<Frame> frames;
    while (!lines.AtEnd() && !lines.NextIs(kAddress)) {
      Frame frame;
      if (!ReadFrame(&lines, /*has_column=*/false, &frame)) return std::nullopt;
      frames.push_back(std::move(frame));
    }
    if (frames.empty()) return std::nullopt;
    GiveSymbolToItsOwner(&frames);
    DropNameWithoutLine(&frames);
    Finish(&frames);
    answers.push_back(std::move(frames));
  }
  if (answers.size() != questions) return std::nullopt;
  return answers;
}

}  // namespace leaktrap::internal
