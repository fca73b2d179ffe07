// SPDX-License-Identifier: Apache-2.0
// Where Events go that say something about an object of the Kubernetes API.
#pragma once

#include <compare>
#include <string>

namespace isat {

struct ObjectReference {
  std::string api_version{};     // "v1", "metallb.io/v1beta1"
  std::string kind{};            // "Service"
  std::string namespace_name{};  // empty = it is in none
  std::string name{};
  std::string uid{};

  auto operator<=>(const ObjectReference&) const = default;
};

struct ApiEvent {
  enum class Type { kNormal, kWarning };

  ObjectReference about{};
  Type type = Type::kNormal;
  std::string reason{};   // one word, for machines
  std::string message{};  // for people
  bool shared = false;    // every node finds the same: one of them writes it

  bool operator==(const ApiEvent&) const = default;
};

class ApiReporter {
 public:
  virtual ~ApiReporter() = default;

  // Never blocks and never fails for the caller: an Event that cannot be written is lost.
  virtual void report(const ApiEvent& event) = 0;
};

}  // namespace isat
