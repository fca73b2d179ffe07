// SPDX-License-Identifier: Apache-2.0
// Chooses EAL's memory, and starts it.
#include "dataplane/dpdk/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>

#include <charconv>
#include <filesystem>
#include <fstream>

namespace isat::dpdk {
namespace {

// Of all sizes; the directories are named hugepages-2048kB.
std::uint64_t free_huge_kilobytes() {
  const std::string prefix = "hugepages-";
  std::uint64_t sum = 0;
  std::error_code none;
  for (const auto& directory :
       std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", none)) {
    const auto name = directory.path().filename().string();
    std::uint64_t kilobytes = 0;
    std::uint64_t pages = 0;
    if (!name.starts_with(prefix)) continue;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), kilobytes);
    std::ifstream(directory.path() / "free_hugepages") >> pages;
    sum += kilobytes * pages;
  }
  return sum;
}

}  // namespace

Result<std::unique_ptr<Eal>> Eal::start(unsigned megabytes, const std::vector<std::string>& more) {
  const bool huge = free_huge_kilobytes() >= std::uint64_t{megabytes} * 1024;
  std::vector<std::string> arguments = {
      "isat", "--no-pci", "--no-telemetry", "--log-level=error", "-m", std::to_string(megabytes)};
  if (huge)
    arguments.emplace_back("--in-memory");
  else
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf"});
  arguments.insert(arguments.end(), more.begin(), more.end());

  std::vector<char*> pointers;  // EAL reorders them
  pointers.reserve(arguments.size());
  for (auto& argument : arguments) pointers.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) < 0)
    return fail_errno("start", "DPDK's EAL", rte_errno);
  return std::unique_ptr<Eal>(new Eal(huge));
}

Eal::~Eal() {
  static_cast<void>(rte_eal_cleanup());
}

}  // namespace isat::dpdk
