#include "leaktrap/stack/function_name.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

TEST(DemangleTest, SymbolsOfLinkers) {
  EXPECT_EQ(Demangle("_ZN3app4Pool5StartEi"), "app::Pool::Start(int)");
  EXPECT_EQ(Demangle("_ZN3app4Pool5StartEi.constprop.0"),
            "app::Pool::Start(int) [clone .constprop.0]");
  for (const std::string name : {"", "main", "_Z", "_Zgarbage", "_start"}) {
    EXPECT_EQ(Demangle(name), name);
  }
}

TEST(DemangleTest, OverlongNamesStay) {
  const std::string name = "_Z5000" + std::string(5000, 'f') + "v";
  EXPECT_EQ(Demangle(name), name);
}

TEST(FunctionNameTest, BareAndLastNames) {
  struct Case {
    std::string function, bare, last;
  };
  for (const Case& c : std::vector<Case>{
           {"main", "main", "main"},
           {"main(int, char**)", "main", "main"},
           {"app::Pool::Start(int) const", "app::Pool::Start", "Start"},
           {"app::Pool::Start(int) [clone .constprop.0]", "app::Pool::Start",
            "Start"},
           {"void app::Fill<int, void (*)(int)>(std::vector<int>&)",
            "app::Fill<int, void (*)(int)>", "Fill"},
           {"std::vector<int, std::allocator<int> >::push_back(int&&)",
            "std::vector<int, std::allocator<int> >::push_back", "push_back"},
           {"app::(anonymous namespace)::Leak()",
            "app::(anonymous namespace)::Leak", "Leak"},
           {"(anonymous namespace)::Leak()", "(anonymous namespace)::Leak",
            "Leak"},
           {"void app::(anonymous "
            "namespace)::Template<app::Trace*>(app::Trace*)",
            "app::(anonymous namespace)::Template<app::Trace*>", "Template"},
           {"f(int)::{lambda(int)#1}::operator()(int) const",
            "f(int)::{lambda(int)#1}::operator()", "operator()"},
           {"A::f() const::{lambda()#1}::operator()() const",
            "A::f() const::{lambda()#1}::operator()", "operator()"},
           {"operator()", "operator()", "operator()"},
           {"operator new(unsigned long)", "operator new", "operator new"},
           {"operator delete[](void*)", "operator delete[]",
            "operator delete[]"},
           {"bool app::operator< <int>(app::X<int> const&)",
            "app::operator< <int>", "operator<"},
           {"app::X::operator->() const", "app::X::operator->", "operator->"},
           {"app::X::operator std::string() const",
            "app::X::operator std::string", "operator std::string"},
           {"std::ostream& app::operator<<(std::ostream&, int)",
            "app::operator<<", "operator<<"},
           {"app::operators(int)", "app::operators", "operators"},
           {"decltype (f(1)) app::g<int>(int)", "app::g<int>", "g"},
           {"app::name[abi:cxx11](int)", "app::name", "name"},
           {"app::X[abi:a]::f[abi:b](int)::{lambda()#1}::operator()() const",
            "app::X::f(int)::{lambda()#1}::operator()", "operator()"},
           {"app::broken[abi:", "app::broken[abi:", "broken[abi:"},
           {"T_Does_Test::TestBody()", "T_Does_Test::TestBody", "TestBody"},
           {"__invoke_impl<void, main(int, char**)::<lambda()> >",
            "__invoke_impl<void, main(int, char**)::<lambda()> >",
            "__invoke_impl"},
           {"", "", ""},
       }) {
    EXPECT_EQ(BareName(c.function), c.bare) << c.function;
    EXPECT_EQ(LastName(c.bare), c.last) << c.function;
  }
}

TEST(FunctionNameTest, WithoutParametersOfWhatIsAround) {
  EXPECT_EQ(
      WithoutParameters("app::Start(std::string const&, int)::{lambda()#1}"
                        "::operator()"),
      "app::Start::{lambda()#1}::operator()");
  EXPECT_EQ(WithoutParameters("app::(anonymous namespace)::Run"),
            "app::(anonymous namespace)::Run");
  EXPECT_EQ(WithoutParameters("std::function<void (int)>::operator()"),
            "std::function<void (int)>::operator()");
  EXPECT_EQ(WithoutParameters("a::f(int) const::X::g"), "a::f::X::g");
  EXPECT_EQ(WithoutParameters("open"), "open");
}

TEST(FunctionNameTest, NothingIsTooStrange) {
  for (const std::string name :
       {"(",        ")",         "((((",      "<<<<",  ">>>",
        "operator", "operator(", "operator<", "a::",   "::",
        " ",        "  (",       "x (",       "{",     "}}",
        "[",        "->",        "f(::",      "f()::", "operator X<",
        "decltype", "decltype(", "[abi:x]"}) {
    BareName(name);
    LastName(name);
    WithoutParameters(name);
    EXPECT_FALSE(BareName(name).empty()) << name;
  }
}

TEST(FunctionNameTest, NoDepthUsesUpTheStack) {
  for (const std::string part : {"operator X<", "(", "<", "a<operator ()<"}) {
    std::string name;
    while (name.size() < 1'000'000) name += part;
    EXPECT_FALSE(BareName(name).empty()) << part;
    EXPECT_FALSE(LastName(name + "::g").empty()) << part;
    EXPECT_FALSE(WithoutParameters(name).empty()) << part;
  }
}

}  // namespace
}  // namespace leaktrap::internal
