// SPDX-License-Identifier: Apache-2.0
// What the Kubernetes API means by an answer other than 200: the cause, and the mend where a person
// must act.
#include "control/api_refusal.h"

#include <algorithm>

#include "control/json_field.h"

namespace isat {

namespace {

constexpr std::size_t kLongestMessage = 300;

// The API's own words; a proxy's HTML or garbage is not repeated.
std::string message_of(const std::string& body) {
  const auto status = nlohmann::json::parse(body, nullptr, false);
  if (status.is_discarded()) return "";
  auto message = text_field(status, {"message"}).substr(0, kLongestMessage);
  std::replace_if(
      message.begin(), message.end(), [](unsigned char byte) { return byte < ' '; }, ' ');
  return message.empty() ? message : ": " + message;
}

std::string mend_for(long status, const std::string& mend_forbidden) {
  switch (status) {
    case 401:
      return "; the token or client certificate is not accepted: check that it is this cluster's "
             "and has not expired";
    case 403:
      return "; " + mend_forbidden;
    case 404:
      return "; check that the server's address is that of a Kubernetes API";
    default:
      return "";
  }
}

}  // namespace

std::string explain_refusal(const HttpReply& reply, const std::string& mend_forbidden) {
  return "HTTP " + std::to_string(reply.status) + message_of(reply.body) +
         mend_for(reply.status, mend_forbidden);
}

}  // namespace isat
