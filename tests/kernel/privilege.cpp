// SPDX-License-Identifier: Apache-2.0
// Capabilities through libcap: drop, then look again.
#include "tests/kernel/privilege.h"

#include <sys/capability.h>

#include <array>
#include <memory>
#include <string>

namespace isat::test {
namespace {

struct Freer {
  void operator()(void* memory) const { cap_free(memory); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, Freer>;

constexpr std::array<cap_value_t, 3> kKept = {CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW};

}  // namespace

Result<void> keep_responder_privileges() {
  const Capabilities kept(cap_init());
  for (const auto flag : {CAP_EFFECTIVE, CAP_PERMITTED}) {
    if (cap_set_flag(kept.get(), flag, kKept.size(), kKept.data(), CAP_SET) != 0) {
      return fail_errno("prepare", "capabilities");
    }
  }
  if (cap_set_proc(kept.get()) != 0) {
    return fail_errno("keep", "CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW; run as root");
  }
  return {};
}

std::string effective_privileges() {
  const Capabilities now(cap_get_proc());
  const std::unique_ptr<char, Freer> text(cap_to_text(now.get(), nullptr));
  return text ? text.get() : "unknown";
}

}  // namespace isat::test
