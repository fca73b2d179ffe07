// SPDX-License-Identifier: Apache-2.0
// The service manager's side of its socket, held by the test.
#include "control/service_manager.h"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>
#include <thread>

namespace isat {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class ServiceManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto name = "isat-test-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, sizeof(address.sun_path) - 1);  // abstract: leaves no file
    socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), length), 0);
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  }
  void TearDown() override {
    ::close(socket);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  // What came in since the last time.
  [[nodiscard]] std::vector<std::string> heard() const {
    std::vector<std::string> messages;
    std::array<char, 256> buffer{};
    for (;;) {
      const auto size = ::recv(socket, buffer.data(), buffer.size(), 0);
      if (size < 0) return messages;
      messages.emplace_back(buffer.data(), static_cast<std::size_t>(size));
    }
  }

  int socket = -1;
  asio::io_context loop;
  std::ostringstream lines;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)};
  ServiceManager manager{loop, log};
};

TEST_F(ServiceManagerTest, IsToldOnceWithoutWatchdog) {
  manager.ready();
  loop.run_for(50ms);
  EXPECT_THAT(heard(), ElementsAre("READY=1"));
}

TEST_F(ServiceManagerTest, WatchdogIsFedByTheLoopTwiceInItsTime) {
  ::setenv("WATCHDOG_USEC", "100000", 1);
  manager.ready();
  EXPECT_THAT(heard(), ElementsAre("READY=1", "WATCHDOG=1"));
  std::this_thread::sleep_for(150ms);  // the loop hangs
  EXPECT_THAT(heard(), ElementsAre());
  loop.run_for(400ms);  // not for longer: the socket holds ten
  EXPECT_GE(heard().size(), 4U);
}

TEST_F(ServiceManagerTest, AnothersWatchdogIsNotFed) {
  ::setenv("WATCHDOG_USEC", "100000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  manager.ready();
  loop.run_for(100ms);
  EXPECT_THAT(heard(), ElementsAre("READY=1"));
}

TEST_F(ServiceManagerTest, NoManagerIsNoTrouble) {
  ::unsetenv("NOTIFY_SOCKET");
  manager.ready();
  EXPECT_EQ(lines.str(), "");
}

TEST_F(ServiceManagerTest, AManagerThatDoesNotListenIsLogged) {
  ::setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
  manager.ready();
  EXPECT_THAT(lines.str(), HasSubstr("tell the service manager READY=1: No such file"));
}

}  // namespace
}  // namespace isat
