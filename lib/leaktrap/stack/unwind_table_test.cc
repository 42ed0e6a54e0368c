#include "leaktrap/stack/unwind_table.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <random>

#include "gtest/gtest.h"
#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/call_frame_info.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/guarded_bytes_for_test.h"
#include "leaktrap/stack/loaded_code.h"

// libgcc's own look-up.
struct dwarf_eh_bases {
  void* text;
  void* data;
  void* function;
};
extern "C" const void* _Unwind_Find_FDE(const void*, dwarf_eh_bases*);

namespace leaktrap::internal {
namespace {

const void* const kFunctions[] = {
    reinterpret_cast<const void*>(&memcpy),
    reinterpret_cast<const void*>(&dlsym),
    reinterpret_cast<const void*>(&read),
    reinterpret_cast<const void*>(&_Unwind_Find_FDE),
    reinterpret_cast<const void*>(&WithLoadedCode),
};

// All around each of some functions, libgcc finds what we find.
TEST(UnwindTableTest, FindsWhatTheRuntimeFinds) {
  std::mt19937 random(1);
  int found = 0;
  for (const void* const function : kFunctions) {
    for (int i = 0; i < 2000; ++i) {
      const uintptr_t address =
          reinterpret_cast<uintptr_t>(function) - 50000 + random() % 100000;
      dwarf_eh_bases bases;
      const void* const expected =
          _Unwind_Find_FDE(reinterpret_cast<void*>(address), &bases);
      WithLoadedCode([&](const LoadedCode& code) {
        const LoadedModule* const module = code.Find(address);
        if (module == nullptr) {
          ASSERT_EQ(expected, nullptr);
          return;
        }
        const auto description = FindFrameDescription(*module, address);
        ASSERT_EQ(description.has_value(), expected != nullptr);
        if (!description) return;
        ++found;
        ASSERT_EQ(LookUpEntry(*module, address),
                  reinterpret_cast<uintptr_t>(expected));
        ASSERT_EQ(description->function.begin,
                  reinterpret_cast<uintptr_t>(bases.function));
        ASSERT_TRUE(RulesAt(*description, address));
      });
    }
  }
  EXPECT_GT(found, 1000);
}

TEST(UnwindTableTest, NoCodeIsInNoModule) {
  int on_the_stack = 0;
  WithLoadedCode([&](const LoadedCode& code) {
    EXPECT_EQ(code.Find(reinterpret_cast<uintptr_t>(&on_the_stack)), nullptr);
    EXPECT_EQ(code.Find(0), nullptr);
    EXPECT_EQ(code.Find(UINTPTR_MAX), nullptr);
    EXPECT_FALSE(code.ReadAt(0).ok());
    EXPECT_FALSE(code.ReadAt(reinterpret_cast<uintptr_t>(&on_the_stack)).ok());
  });
}

// A copy of the segment that holds a module's unwinding tables, which are all
// relative to where they lie.
class BrokenTablesTest : public testing::Test {
 protected:
  BrokenTablesTest() {
    WithLoadedCode([this](const LoadedCode& code) {
      const auto function = reinterpret_cast<uintptr_t>(&_Unwind_Find_FDE);
      const LoadedModule* const module = code.Find(function);
      ASSERT_NE(module, nullptr);
      const uintptr_t table = module->unwind_table.begin;
      for (const ByteRange& range : module->readable) {
        if (range.Contains(table)) original_ = range;
      }
      ASSERT_TRUE(original_.Contains(table));
      table_ = module->unwind_table;
      const auto entry = LookUpEntry(*module, function);
      ASSERT_TRUE(entry && original_.Contains(*entry));
      function_ = function - original_.begin;
      entry_ = *entry - original_.begin;
    });
    Restore(original_.end - original_.begin);
  }

  // Makes a new copy of so much of it.
  void Restore(size_t size) {
    copy_ = std::make_unique<GuardedBytes>(
        reinterpret_cast<const void*>(original_.begin), size);
  }

  LoadedModule Module() const {
    const uintptr_t table =
        copy_->range().begin + (table_.begin - original_.begin);
    LoadedModule module;
    module.readable = {copy_->range()};
    module.unwind_table = {table, table + (table_.end - table_.begin)};
    return module;
  }

  // Where the function would be, had the code moved with the tables.
  uintptr_t function() const { return copy_->range().begin + function_; }
  uintptr_t entry() const { return copy_->range().begin + entry_; }

  // Must return, whatever the answer. Whether there was one.
  bool Look(uintptr_t address) const {
    const auto description = FindFrameDescription(Module(), address);
    return description && RulesAt(*description, address);
  }

  ByteRange original_, table_;
  uintptr_t function_ = 0, entry_ = 0;
  std::unique_ptr<GuardedBytes> copy_;
};

TEST_F(BrokenTablesTest, WholeOnesAreUnderstood) {
  EXPECT_TRUE(Look(function()));
  EXPECT_TRUE(Look(function() + 8));
}

TEST_F(BrokenTablesTest, CutAnywhere) {
  const size_t whole = original_.end - original_.begin;
  for (size_t size = 0; size < whole; size += 1 + whole / 500) {
    Restore(size);
    Look(function());
    ReadFrameDescription(Module(), entry());
  }
  // Around the entry, byte by byte.
  for (size_t size = entry_; size < entry_ + 64; ++size) {
    Restore(size);
    ReadFrameDescription(Module(), entry());
  }
}

TEST_F(BrokenTablesTest, RandomBytes) {
  std::mt19937 random(2);
  int answered = 0;
  const size_t whole = original_.end - original_.begin;
  for (int i = 0; i < 3000; ++i) {
    // The table's head, its rows, the entry and all the others.
    const size_t table = table_.begin - original_.begin;
    const size_t places[] = {table + random() % 12,
                             table + random() % (table_.end - table_.begin),
                             entry_ + random() % 48, random() % whole};
    for (int j = 0; j < 4; ++j) {
      copy_->data()[places[random() % 4]] = static_cast<char>(random());
    }
    answered += Look(function() - 2000 + random() % 4000) ? 1 : 0;
    Look(function());
    if (i % 10 == 0) Restore(whole);
  }
  EXPECT_GT(answered, 0);
}

}  // namespace
}  // namespace leaktrap::internal
