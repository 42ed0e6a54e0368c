#include "leaktrap/probe/process_text.h"

#include <signal.h>

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

using std::string_literals::operator""s;

TEST(CommandLineTextTest, ArgumentsStandOnOneLine) {
  EXPECT_EQ(CommandLineText("sleep\000100\0"s), "sleep 100");
  EXPECT_EQ(CommandLineText("sh\0-c\0echo \"a\nb\"\0"s),
            "sh -c echo \"a\\nb\"");
  EXPECT_EQ(CommandLineText("grep\0\0file\0"s), "grep  file");
  EXPECT_EQ(CommandLineText("a title written over them\0\0\0\0\0"s),
            "a title written over them");
  EXPECT_EQ(CommandLineText("unterminated"), "unterminated");
}

TEST(CommandLineTextTest, TheProgramsFolderIsLeftOut) {
  EXPECT_EQ(CommandLineText("/usr/bin/tail\0-f\0/var/log/x\0"s),
            "tail -f /var/log/x");
  EXPECT_EQ(CommandLineText("/bin/true\0"s), "true");
  EXPECT_EQ(CommandLineText("nginx: master process /usr/sbin/nginx\0"s),
            "nginx: master process /usr/sbin/nginx");
}

TEST(CommandLineTextTest, IsEmptyWithoutOne) {
  EXPECT_EQ(CommandLineText(""), "");
  EXPECT_EQ(CommandLineText("\0"s), "");
}

TEST(CommandLineTextTest, CutsALongOneBetweenCharacters) {
  const std::string whole(kLongestCommandLine, 'x');
  EXPECT_EQ(CommandLineText(whole + '\0'), whole);
  EXPECT_EQ(CommandLineText(whole + "x"),
            whole.substr(0, kLongestCommandLine - 3) + "...");
  std::string euros;
  for (int i = 0; i < 1000; ++i) euros += "\u20ac";
  for (const std::string before : {"", "1", "12"}) {
    const std::string cut = CommandLineText(before + euros);
    EXPECT_LE(cut.size(), kLongestCommandLine);
    EXPECT_GE(cut.size(), kLongestCommandLine - 2);
    EXPECT_EQ((cut.size() - before.size()) % 3, 0) << cut;
  }
}

siginfo_t Info(int code, int status) {
  siginfo_t info = {};
  info.si_code = code;
  info.si_status = status;
  return info;
}

TEST(ProcessEndTextTest, SaysHowItEnded) {
  EXPECT_EQ(ProcessEndText(Info(CLD_EXITED, 127)), "exited with 127");
  EXPECT_EQ(ProcessEndText(Info(CLD_KILLED, SIGKILL)), "killed by SIGKILL");
  EXPECT_EQ(ProcessEndText(Info(CLD_DUMPED, SIGSEGV)), "killed by SIGSEGV");
  EXPECT_EQ(ProcessEndText(Info(CLD_KILLED, 40)), "killed by signal 40");
  EXPECT_EQ(ProcessEndText(Info(CLD_STOPPED, SIGSTOP)), "");
  EXPECT_EQ(ProcessEndText(siginfo_t()), "");
}

}  // namespace
}  // namespace leaktrap::internal
