#include "leaktrap/stack/unwinder.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "leaktrap/stack/byte_reader.h"
#include "leaktrap/stack/call_frame_info.h"
#include "leaktrap/stack/frame_description.h"
#include "leaktrap/stack/frame_expression.h"
#include "leaktrap/stack/loaded_code.h"
#include "leaktrap/stack/registers.h"
#include "leaktrap/stack/stack_copy.h"

namespace leaktrap::internal {
namespace {

using Kind = RegisterRule::Kind;

// Computes a caller's registers.
class Step {
 public:
  Step(const UnwindRules& rules, const Registers& registers,
       const StackCopy& stack)
      : rules_(rules), registers_(registers), stack_(stack) {}

  // False if it is unknown; `*unknown` is then the register that lacks, if it
  // is one that lacks.
  bool FindCfa(uint64_t* unknown) {
    if (!rules_.cfa_expression.empty()) {
      const auto cfa = Evaluate(rules_.cfa_expression, std::nullopt);
      if (cfa) cfa_ = *cfa;
      // The only register that compilers write such expressions about and that
      // may be unknown.
      uint64_t ignored = 0;
      if (!cfa && !registers_.Get(Registers::kFramePointer, &ignored)) {
        *unknown = Registers::kFramePointer;
      }
      return cfa.has_value();
    }
    if (!registers_.Get(rules_.cfa_register, &cfa_)) {
      *unknown = rules_.cfa_register;
      return false;
    }
    cfa_ += rules_.cfa_offset;
    return true;
  }

  Registers Caller() const {
    Registers caller;
    for (uint64_t number = 0; number < Registers::kCount; ++number) {
      if (const auto value = CallersValue(number)) caller.Set(number, *value);
    }
    return caller;
  }

 private:
  std::optional<uint64_t> Evaluate(ByteRange expression,
                                   std::optional<uint64_t> start) const {
    return EvaluateExpression(expression, registers_, stack_, start);
  }

  std::optional<uint64_t> InMemory(uint64_t address) const {
    uint64_t value = 0;
    if (!stack_.Read(address, &value)) return std::nullopt;
    return value;
  }

  std::optional<uint64_t> InRegister(uint64_t number) const {
    uint64_t value = 0;
    if (!registers_.Get(number, &value)) return std::nullopt;
    return value;
  }

  std::optional<uint64_t> CallersValue(uint64_t number) const {
    const RegisterRule& rule = rules_.registers[number];
    switch (rule.kind) {
      case Kind::kUnsaid:
        if (number == Registers::kStackPointer) return cfa_;
        if (!Registers::IsPreserved(number)) return std::nullopt;
        return InRegister(number);
      case Kind::kSame:
        return InRegister(number);
      case Kind::kUndefined:
        return std::nullopt;
      case Kind::kInMemory:
        return InMemory(cfa_ + rule.number);
      case Kind::kIsValue:
        return cfa_ + rule.number;
      case Kind::kInRegister:
        return InRegister(rule.number);
      case Kind::kInMemoryExpression: {
        const auto address = Evaluate(rule.expression, cfa_);
        if (!address) return std::nullopt;
        return InMemory(*address);
      }
      case Kind::kIsExpression:
        return Evaluate(rule.expression, cfa_);
    }
    return std::nullopt;
  }

  const UnwindRules& rules_;
  const Registers& registers_;
  const StackCopy& stack_;
  uint64_t cfa_ = 0;
};

}  // namespace

Unwound Unwind(const LoadedCode& code, const StackCopy& stack,
               const UnwindState& state, size_t most_frames) {
  Unwound unwound;
  unwound.last = state;
  auto ended = [&unwound](UnwindEnd end) {
    unwound.end = end;
    return unwound;
  };
  for (;;) {
    UnwindState& last = unwound.last;
    if (unwound.addresses.size() == most_frames) {
      return ended(UnwindEnd::kTooDeep);
    }
    const uintptr_t instruction = last.registers.instruction();
    // A call may be the last instruction of its function.
    const uintptr_t place = instruction - (last.is_interrupted ? 0 : 1);
    const LoadedModule* const module = code.Find(place);
    const auto description =
        module == nullptr ? std::nullopt : FindFrameDescription(*module, place);
    // The kernel made a signal's frame and did not call: it "returns" to its
    // function's first instruction.
    const bool is_signal = description && description->is_signal_frame;
    unwound.addresses.push_back(instruction +
                                (last.is_interrupted || is_signal ? 1 : 0));
    unwound.functions.push_back(description ? description->function
                                            : ByteRange{});
    if (!description) return ended(UnwindEnd::kNoDescription);
    const auto rules = RulesAt(*description, place);
    if (!rules || description->return_address >= Registers::kCount) {
      return ended(UnwindEnd::kNoDescription);
    }
    if (rules->registers[description->return_address].kind ==
        Kind::kUndefined) {
      return ended(UnwindEnd::kRoot);
    }
    Step step(*rules, last.registers, stack);
    if (!step.FindCfa(&unwound.unknown_register)) {
      return ended(unwound.unknown_register < Registers::kCount
                       ? UnwindEnd::kUnknownRegister
                       : UnwindEnd::kOutsideCopy);
    }
    Registers caller = step.Caller();
    uint64_t return_address = 0;
    if (!caller.Get(description->return_address, &return_address)) {
      return ended(UnwindEnd::kOutsideCopy);
    }
    caller.Set(Registers::kInstruction, return_address);
    // Stacks grow downwards: a caller that is not further up is a broken frame,
    // or one on another stack, and might go round in a circle.
    if (caller.stack_pointer() <= last.registers.stack_pointer()) {
      return ended(UnwindEnd::kOutsideCopy);
    }
    last.registers = caller;
    last.is_interrupted = is_signal;
  }
}

}  // namespace leaktrap::internal
