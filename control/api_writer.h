// SPDX-License-Identifier: Apache-2.0
// Writes single objects of the Kubernetes API.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "control/cluster_access.h"
#include "control/http_client.h"

namespace isat {

struct ApiWrite {
  HttpMethod method = HttpMethod::kPut;
  std::string path;         // of the object, or of the collection for a POST
  std::string resource;     // its name in RBAC: "leases"
  nlohmann::json object{};  // null = no body; for a PATCH, a merge patch
  std::vector<std::pair<std::string, std::string>> query{};
  std::chrono::milliseconds timeout{10'000};
};

struct ApiAnswer {
  long status = 0;          // 0 = there was no answer: whether it was written is not known
  nlohmann::json object{};  // as the server has it now; null unless done()
  std::string cause{};      // one line: operation, URL, cause, mend; empty when done()

  [[nodiscard]] bool done() const { return status >= 200 && status < 300; }
  // Somebody else wrote first, or it exists already.
  [[nodiscard]] bool conflict() const { return status == 409; }
  [[nodiscard]] bool absent() const { return status == 404; }
};

class ApiWriter {
 public:
  using Id = HttpClient::Id;

  // `client` outlives the writer.
  ApiWriter(HttpClient& client, ClusterAccess access)
      : client_(client), access_(std::move(access)) {}

  // `done` runs once, later, on the loop's thread. A write may reach the server twice: guard it
  // with a resourceVersion, a name or a precondition.
  Id write(const ApiWrite& write, std::function<void(const ApiAnswer&)> done);
  // `done` does not run afterwards; the write may happen all the same.
  void cancel(Id id) { client_.cancel(id); }

 private:
  HttpClient& client_;
  ClusterAccess access_;
};

}  // namespace isat
