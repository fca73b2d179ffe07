// SPDX-License-Identifier: Apache-2.0
// The data plane as a program would run it: announced, attached, polled.
#include <rte_mbuf.h>

#include "bench/dpdk/polled_responder.h"
#include "dataplane/dpdk/dpdk_data_plane.h"

namespace isat::bench {
namespace {

constexpr InterfaceIndex kInterface = 1;

class IsatResponder : public PolledResponder {
 public:
  explicit IsatResponder(std::unique_ptr<DpdkDataPlane> plane)
      : plane_(std::move(plane)), poller_(*plane_) {}

  void poll() override { poller_.poll(); }
  Result<std::uint64_t> answered() const override {
    const auto outcomes = plane_->outcomes();
    if (!outcomes) return tl::unexpected(outcomes.error());
    std::uint64_t answered = 0;
    for (std::size_t family = 0; family < FAMILY_COUNT; family++) {
      for (std::size_t outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        const auto frames = outcomes->front().counts[family][outcome];
        if (outcome == OUTCOME_ANSWERED)
          answered += frames;
        else if (frames != 0)
          return fail("answer every frame: " + std::to_string(frames) + " were not");
      }
    }
    return answered - plane_->unsent(kInterface);
  }

 private:
  std::unique_ptr<DpdkDataPlane> plane_;
  DpdkPoller poller_;
};

}  // namespace

Result<std::unique_ptr<PolledResponder>> isat_responder(const std::string& port, rte_mempool& pool,
                                                        const Asker& asker,
                                                        std::uint32_t addresses) {
  const auto release = [](InterfaceIndex, std::span<rte_mbuf*> frames) {
    rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(frames.size()));
  };
  // No deadline, and nobody probes: the clock is never asked.
  auto plane =
      DpdkDataPlane::open({addresses, {}, &pool, release, [] { return BootTime::zero(); }});
  if (!plane) return tl::unexpected(plane.error());
  for (std::uint32_t index = 0; index < addresses; index++) {
    auto announced = (*plane)->announce({{asker.address(index), kInterface}, frames::kOurs});
    if (!announced) return tl::unexpected(announced.error());
  }
  Interface interface;
  interface.index = kInterface;
  interface.name = port;
  if (auto attached = (*plane)->attach(interface, AttachMode::kAuto); !attached)
    return tl::unexpected(attached.error());
  return std::make_unique<IsatResponder>(std::move(*plane));
}

}  // namespace isat::bench
