// SPDX-License-Identifier: Apache-2.0
// Asking a running speaker, over a real socket.
#include "control/status_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <thread>

namespace isat {
namespace {

using testing::HasSubstr;

// A name of this test's own: tests run side by side.
std::string pin(const std::string& name) {
  return "/run/isat-test-" + std::to_string(::getpid()) + "/" + name;
}

TEST(StatusSocket, TellsWhatIsNow) {
  asio::io_context loop;
  std::string state = std::string(1'000'000, 'x') + "1";  // more than a socket's buffer
  const auto socket = StatusSocket::open(loop, pin("a"), [&] { return state; });
  ASSERT_TRUE(socket) << socket.error().message;
  std::thread thread([&] { loop.run(); });
  EXPECT_EQ(StatusSocket::ask(pin("a")).value_or("none"), state);
  EXPECT_EQ(StatusSocket::ask(pin("a/")).value_or("none"), state);  // the same directory
  EXPECT_EQ(StatusSocket::ask(pin("a/./../a")).value_or("none"), state);
  const auto second = StatusSocket::open(loop, pin("a"), [] { return ""; });
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("Address already in use"));
  loop.stop();
  thread.join();
}

TEST(StatusSocket, NobodyThereIsAnErrorAndAHangingSpeakerToo) {
  const auto nobody = StatusSocket::ask(pin("b"));
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().message, HasSubstr("ask the status socket of " + pin("b")));
  asio::io_context hanging;
  const auto socket = StatusSocket::open(hanging, pin("c"), [] { return "late"; });
  ASSERT_TRUE(socket);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(StatusSocket::ask(pin("c")));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(StatusSocket, APathWithoutRoomIsRefused) {
  asio::io_context loop;
  const auto socket = StatusSocket::open(loop, "/" + std::string(120, 'p'), [] { return ""; });
  ASSERT_FALSE(socket);
  EXPECT_THAT(socket.error().message, HasSubstr("too long"));
}

}  // namespace
}  // namespace isat
