// SPDX-License-Identifier: Apache-2.0
// Writes of the Kubernetes API, against a server with bad manners.
#include "control/api_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "scripted_server.h"

namespace isat {
namespace {

using testing::HasSubstr;

class ApiWriterTest : public testing::Test {
 protected:
  ApiWriterTest() { setenv("no_proxy", "*", 1); }

  ApiAnswer put(int status, const std::string& body, const std::string& token_file = "") {
    answer_ = http_answer(status, body);
    ApiWriter writer(client_, {server_.url(), {}, token_file.empty() ? "secret" : "", token_file});
    std::optional<ApiAnswer> answer;
    writer.write({HttpMethod::kPut, "/lease", "leases", {{"a", 1}}, {{"dryRun", "All"}}},
                 [&](const ApiAnswer& given) { answer = given; });
    EXPECT_FALSE(answer) << "called from inside write()";
    EXPECT_TRUE(run_until(loop_, [&] { return answer.has_value(); }));
    return answer.value_or(ApiAnswer{});
  }

  asio::io_context loop_;
  std::string answer_;
  PlainServer server_{loop_,
                      [this](const auto& connection, const auto&) { connection->send(answer_); }};
  HttpClient client_{loop_};
};

TEST_F(ApiWriterTest, SendsTheObjectAndReturnsTheServers) {
  const auto answer = put(201, R"({"a": 2})");
  EXPECT_TRUE(answer.done());
  EXPECT_EQ(answer.object, nlohmann::json({{"a", 2}}));
  EXPECT_EQ(answer.cause, "");
  const auto& request = server_.requests().at(0);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/lease?dryRun=All");
  EXPECT_EQ(request.body, R"({"a":1})");
  EXPECT_THAT(request.headers, HasSubstr("Authorization: Bearer secret\r\n"));
  EXPECT_THAT(request.headers, HasSubstr("Content-Type: application/json\r\n"));
}

TEST_F(ApiWriterTest, PatchesAreMergePatches) {
  ApiWriter writer(client_, {server_.url(), {}, "", ""});
  answer_ = http_answer(200, "{}");
  bool done = false;
  writer.write({HttpMethod::kPatch, "/lease", "leases", {{"a", nullptr}}},
               [&](const ApiAnswer&) { done = true; });
  ASSERT_TRUE(run_until(loop_, [&] { return done; }));
  EXPECT_THAT(server_.requests().at(0).headers,
              HasSubstr("Content-Type: application/merge-patch+json\r\n"));
}

TEST_F(ApiWriterTest, TellsAConflictAndAnAbsenceApart) {
  const auto conflict = put(409, R"({"message": "has been modified"})");
  EXPECT_FALSE(conflict.done());
  EXPECT_TRUE(conflict.conflict());
  EXPECT_EQ(conflict.cause, "update " + server_.url() + "/lease: HTTP 409: has been modified");
  EXPECT_TRUE(put(404, "{}").absent());
}

TEST_F(ApiWriterTest, NamesTheRightThatIsMissing) {
  const auto answer = put(403, R"({"message": "no"})");
  EXPECT_EQ(answer.cause, "update " + server_.url() +
                              "/lease: HTTP 403: no; grant update on leases to this account");
}

TEST_F(ApiWriterTest, SaysThatATokenCannotBeRead) {
  EXPECT_THAT(put(403, "{}", "/nowhere/token").cause, HasSubstr("token file /nowhere/token"));
}

TEST_F(ApiWriterTest, IsNotSureOfAWriteThatWasAnsweredWithGarbage) {
  const auto answer = put(200, "garbage");
  EXPECT_FALSE(answer.done());
  EXPECT_EQ(answer.status, 0);
  EXPECT_THAT(answer.cause, HasSubstr("the answer is not JSON"));
}

TEST_F(ApiWriterTest, IsSilentAfterCancel) {
  ApiWriter writer(client_, {server_.url(), {}, "", ""});
  answer_ = http_answer(200, "{}");
  bool called = false;
  writer.cancel(writer.write({HttpMethod::kDelete, "/lease", "leases"},
                             [&](const ApiAnswer&) { called = true; }));
  loop_.restart();
  loop_.run_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace isat
