// SPDX-License-Identifier: Apache-2.0
// What the responder really made of every row, a JSON object a line: for an oracle nobody here
// wrote.
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "dataplane/outcome.h"
#include "tests/frames/native_responder.h"
#include "tests/kernel/kernel_responder.h"
#include "tests/kernel/privilege.h"
#include "tests/requirement.h"

namespace {

using isat::Result;
using isat::frames::Solicitation;
using isat::frames::Verdict;
using isat::test::KernelResponder;

constexpr int kSkipped = 77;  // CTest's word for it, by SKIP_RETURN_CODE

void print(const Solicitation& row, const Verdict& verdict) {
  nlohmann::json line = {{"name", row.name},
                         {"rule", row.rule},
                         {"in", isat::frames::hex(row.frame)},
                         {"outcome", isat::outcome_name(verdict.outcome)},
                         {"out", nullptr}};
  if (verdict.sent) line["out"] = isat::frames::hex(verdict.frame);
  std::cout << line.dump() << "\n";
}

int print_native() {
  for (const auto& row : isat::frames::solicitations()) {
    print(row, respond_natively(row.frame, row.setting));
  }
  return 0;
}

Result<KernelResponder> open_kernel() {
  if (auto kept = isat::test::keep_responder_privileges(); !kept)
    return tl::unexpected(kept.error());
  return KernelResponder::create(isat::Hook::kXdp);
}

int print_kernel() {
  auto kernel = open_kernel();
  if (!kernel) {
    std::cerr << "isat-skip: " << kernel.error().message << "\n";
    return isat::skipping_is_failure() ? 1 : kSkipped;
  }
  for (const auto& row : isat::frames::solicitations()) {
    if (!KernelResponder::takes(isat::Hook::kXdp, row.frame, row.setting)) continue;
    const auto verdict = kernel->respond(row.frame, row.setting);
    if (!verdict) {
      std::cerr << row.name << ": " << verdict.error().message << "\n";
      return 1;
    }
    print(row, *verdict);
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) return print_native();
  if (count == 2 && std::strcmp(arguments[1], "--kernel") == 0) return print_kernel();
  std::cerr << "usage: print_solicitations [--kernel]\n";
  return 2;
}
