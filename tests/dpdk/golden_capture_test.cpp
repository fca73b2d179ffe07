// SPDX-License-Identifier: Apache-2.0
// Golden captures: the table of solicitations from a file, through DPDK's net_pcap, into a file.
#include <gtest/gtest.h>
#include <rte_dev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <filesystem>
#include <numeric>

#include "control/pcap_file.h"
#include "dataplane/dpdk/burst_responder.h"
#include "tests/dpdk/prepared_plane.h"
#include "tests/dpdk/running_eal.h"
#include "tests/frames/solicitation.h"

namespace isat::test {
namespace {

using frames::difference;
using frames::Frame;
using frames::Solicitation;

const auto* const kEal = ::testing::AddGlobalTestEnvironment(new RunningEal);

class PcapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "dpdk_pcap_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    pool_ = rte_pktmbuf_pool_create("pcap", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    ASSERT_NE(pool_, nullptr);
  }
  void TearDown() override {
    EXPECT_EQ(rte_mempool_in_use_count(pool_), 0U) << "a buffer was lost";
    rte_mempool_free(pool_);
    std::filesystem::remove_all(folder_);
  }

  // All rows of one setting in one capture.
  void expect_rows(const std::vector<Solicitation>& rows) {
    write(rows);
    const auto in = (folder_ / "in.pcap").string(), out = (folder_ / "out.pcap").string();
    ASSERT_EQ(
        rte_eal_hotplug_add("vdev", "net_pcap0", ("rx_pcap=" + in + ",tx_pcap=" + out).c_str()), 0);
    auto prepared = PreparedPlane::open(rows.front().setting, *pool_);
    ASSERT_TRUE(prepared) << prepared.error().message;
    auto& plane = **prepared;
    Interface port;
    port.name = "net_pcap0";
    const auto attached = plane.attach(port);
    ASSERT_TRUE(attached) << attached.error().message;
    ASSERT_TRUE(plane.set_deadline());
    for (std::size_t burst = 0; burst <= rows.size() / dpdk::kBurst; burst++) plane.poll();
    const auto counted = plane.take_counted();
    ASSERT_TRUE(plane.plane().detach(PreparedPlane::kIndex));  // the capture is complete now
    ASSERT_EQ(rte_eal_hotplug_remove("vdev", "net_pcap0"), 0);
    compare(rows, counted, read(out), plane.take_passed());
  }

 private:
  void write(const std::vector<Solicitation>& rows) {
    auto writer = PcapWriter::open(folder_ / "in.pcap");
    ASSERT_TRUE(writer) << writer.error().message;
    for (const auto& row : rows) writer->write(row.frame, {});
    ASSERT_TRUE(writer->finish());
  }

  static std::vector<Frame> read(const std::string& path) {
    std::vector<Frame> frames;
    auto reader = PcapReader::open(path);
    EXPECT_TRUE(reader) << reader.error().message;
    while (reader) {
      auto next = reader->next();
      EXPECT_TRUE(next) << next.error().message;
      if (!next || !*next) break;
      frames.push_back((*next)->bytes);
    }
    return frames;
  }

  static void compare(const std::vector<Solicitation>& rows, const PreparedPlane::Counted& counted,
                      const std::vector<Frame>& sent, const std::vector<Frame>& passed) {
    PreparedPlane::Counted expected;
    std::size_t sends = 0, passes = 0;
    for (const auto& row : rows) {
      SCOPED_TRACE(row.rule + " " + row.name);
      ++expected[{row.family, row.outcome}];
      auto& next = row.reply ? sends : passes;
      const auto& frames = row.reply ? sent : passed;
      ASSERT_LT(next, frames.size());
      EXPECT_EQ(difference(row.reply.value_or(row.frame), frames[next]), "");
      ++next;
    }
    EXPECT_EQ(sends, sent.size());
    EXPECT_EQ(passes, passed.size());
    EXPECT_EQ(counted, expected);
  }

  std::filesystem::path folder_;
  rte_mempool* pool_ = nullptr;
};

bool is_plain(const frames::Setting& setting) {
  return setting.deadline == frames::Setting::Deadline::kNone && !setting.strict &&
         !setting.yielded && !setting.observe;
}

// A capture has no tag beside the bytes, and no rival before its first frame:
// solicitation_test.cpp.
TEST_F(PcapTest, EveryRow) {
  std::vector<Solicitation> plain;
  for (const auto& row : frames::solicitations()) {
    if (row.setting.hidden_tci || row.setting.yielded) continue;
    if (is_plain(row.setting))
      plain.push_back(row);
    else
      expect_rows({row});
  }
  ASSERT_GT(plain.size(), 8 * dpdk::kBurst) << "more than one burst";
  expect_rows(plain);
}

}  // namespace
}  // namespace isat::test
