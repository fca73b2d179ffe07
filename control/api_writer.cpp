// SPDX-License-Identifier: Apache-2.0
// Writes single objects of the Kubernetes API.
#include "control/api_writer.h"

#include "control/api_refusal.h"

namespace isat {
namespace {

struct Verb {
  const char* name;  // as errors and RBAC name it
  const char* content_type = "application/json";
};

Verb verb_of(HttpMethod method) {
  switch (method) {
    case HttpMethod::kPost:
      return {"create"};
    case HttpMethod::kPatch:
      return {"patch", "application/merge-patch+json"};
    case HttpMethod::kDelete:
      return {"delete"};
    case HttpMethod::kGet:
      return {"get"};
    case HttpMethod::kPut:
      break;
  }
  return {"update"};
}

ApiAnswer answer_of(const Result<HttpReply>& reply, const std::string& operation,
                    const std::string& mend_forbidden) {
  if (!reply) return {0, {}, operation + ": " + reply.error().message};
  ApiAnswer answer{reply->status};
  if (!answer.done()) {
    answer.cause = operation + ": " + explain_refusal(*reply, mend_forbidden);
    return answer;
  }
  answer.object = nlohmann::json::parse(reply->body, nullptr, false);
  if (!answer.object.is_discarded()) return answer;
  return {0, {}, operation + ": the answer is not JSON"};
}

}  // namespace

ApiWriter::Id ApiWriter::write(const ApiWrite& write, std::function<void(const ApiAnswer&)> done) {
  const auto verb = verb_of(write.method);
  HttpRequest request{access_.server + write.path, write.query, "", access_.tls, write.timeout};
  const auto operation = verb.name + (" " + request.url);
  // A token that cannot be read is refused by the server, in words that say so less well: the cause
  // goes with the refusal, as does the answer, after this call.
  const auto token = bearer_token(access_);
  if (token) request.bearer_token = *token;
  request.method = write.method;
  request.content_type = verb.content_type;
  if (!write.object.is_null()) request.body = write.object.dump();
  const auto mend = std::string("grant ") + verb.name + " on " + write.resource +
                    " to this account" + (token ? "" : "; " + token.error().message);
  return client_.send(request, {{}, {}, [operation, mend, done = std::move(done)](auto reply) {
                                  done(answer_of(reply, operation, mend));
                                }});
}

}  // namespace isat
