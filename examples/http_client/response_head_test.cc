#include "examples/http_client/response_head.h"

#include <initializer_list>
#include <optional>
#include <string_view>

#include "gtest/gtest.h"

namespace http_client {
namespace {

ResponseHead HeadOf(std::initializer_list<std::string_view> lines) {
  ResponseHead head;
  for (const std::string_view line : lines) head.AddLine(line);
  return head;
}

TEST(ResponseHeadTest, StatusAndHeaders) {
  const ResponseHead head =
      HeadOf({"HTTP/1.1 404 Not Found\r\n", "Server: nginx\r\n",
              "X-Spaced:   a: b \r\n", "X-Empty:\r\n", "\r\n"});
  EXPECT_EQ(head.status(), 404);
  EXPECT_EQ(head.Header("server"), "nginx");
  EXPECT_EQ(head.Header("X-SPACED"), "a: b");
  EXPECT_EQ(head.Header("X-Empty"), "");
  EXPECT_EQ(head.Header("X"), std::nullopt);
  EXPECT_EQ(head.headers().size(), 3u);
}

TEST(ResponseHeadTest, TheFirstOfTwoHeadersOfOneName) {
  EXPECT_EQ(HeadOf({"HTTP/1.1 200 OK\r\n", "A: 1\r\n", "a: 2\r\n"}).Header("a"),
            "1");
}

TEST(ResponseHeadTest, TheFinalAnswerReplacesAnInterimOne) {
  const ResponseHead head =
      HeadOf({"HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n",
              "HTTP/1.1 204\r\n", "A: 1\r\n", "\r\n"});
  EXPECT_EQ(head.status(), 204);
  EXPECT_EQ(head.Header("Link"), std::nullopt);
  EXPECT_EQ(head.Header("A"), "1");
}

TEST(ResponseHeadTest, TrailersAreNoPartOfTheHead) {
  const ResponseHead head =
      HeadOf({"HTTP/1.1 200 OK\r\n", "\r\n", "Late: 1\r\n"});
  EXPECT_EQ(head.Header("Late"), std::nullopt);
}

TEST(ResponseHeadTest, LinesThatMakeNoSense) {
  const ResponseHead head = HeadOf({"HTTP/1.1\r\n", "no colon\r\n"});
  EXPECT_EQ(head.status(), 0);
  EXPECT_TRUE(head.headers().empty());
}

}  // namespace
}  // namespace http_client
